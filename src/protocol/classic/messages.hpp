#pragma once

// The messages of the classic protocol, and its limits.
// Knows no bytes (see the decoders and encoders beside it), no socket, no clock, no store.

#include <roster/secret.hpp>
#include <roster/user.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace roster::protocol::classic {

/// Silence after which the documented client's request counts as whole.
inline constexpr std::chrono::milliseconds kSilence{50};

/// Units: bytes, and headers.
struct Limits {
    std::size_t request_line_bytes = 8 * 1024;
    std::size_t head_bytes = 16 * 1024;
    std::size_t headers = 100;
    std::size_t body_bytes = 64 * 1024;
};

enum class Method { get, head, post, put, other };

struct SignUp {
    std::string email;
    Secret password;
};
struct LogIn {
    std::string email;
    Secret password;
};
struct View {};
struct Modify {
    UserId id = 0;
    std::string email;
    Secret password;
};
struct Status {};

/// What the server has to answer without asking anybody: the request broke a rule of the protocol.
struct ProtocolError {
    unsigned status = 400;
    /// For the public: what is wrong.
    std::string text;
};

using Message = std::variant<ProtocolError, SignUp, LogIn, View, Modify, Status>;

/// A decoded request.
struct Request {
    Method method = Method::other;
    Message message;
    /// False where no further request can follow: the framing is lost, or the client said so.
    bool keep_alive = true;
};

/// An answer before it is bytes.
struct Response {
    unsigned status = 200;
    /// "text/plain; charset=utf-8" or "application/json".
    std::string content_type = "text/plain; charset=utf-8";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    /// The answer to HEAD: it has no body, whatever its status.
    bool head = false;
    bool keep_alive = true;
};

}  // namespace roster::protocol::classic
