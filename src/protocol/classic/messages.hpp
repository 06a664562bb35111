#pragma once

// The messages of the classic protocol as its server sees them, and the limits of a request.
// Knows no bytes (see the decoder and the encoder), no socket, no clock, no store.

#include <roster/secret.hpp>
#include <roster/user.hpp>

#include "protocol/request_limits.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace roster::protocol::classic {

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

/// The request breaks a rule of the protocol: the response, without asking anybody.
struct ProtocolError {
    unsigned status = 400;
    /// For the public: what is wrong. Never repeats what was sent, which may be a password.
    std::string text;
};

inline ProtocolError bad_request(std::string_view what) {
    return {400, "Bad request: " + std::string(what)};
}

/// What a request asks for.
using Operation = std::variant<ProtocolError, SignUp, LogIn, View, Modify, Status>;

struct ClassicRequest {
    Method method = Method::other;
    Operation operation;
    /// False if no other request can follow: the framing is lost, or the client said so.
    bool keep_alive = true;
};

struct ClassicResponse {
    unsigned status = 200;
    /// Lifetime: static.
    std::string_view content_type = "text/plain; charset=utf-8";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    /// Of what follows `body`, which the server sends by itself.
    std::uint64_t rest_bytes = 0;
    /// The response to HEAD: sent without its body, whatever the status.
    bool head = false;
    bool keep_alive = true;
};

}  // namespace roster::protocol::classic
