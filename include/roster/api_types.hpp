#pragma once

// What the client of the HTTP API takes and returns. Knows no connection.

#include <roster/error.hpp>
#include <roster/problem_code.hpp>
#include <roster/secret.hpp>
#include <roster/session.hpp>
#include <roster/user.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace roster {

/// Where a server is.
class ApiEndpoint {
  public:
    /// "https://HOST", "http://HOST", each also with ":PORT", or "unix:PATH". Otherwise a message
    /// for the person who wrote it.
    static std::variant<ApiEndpoint, std::string> parse(std::string_view url);
    static ApiEndpoint unix_socket(std::string path);

    bool is_unix() const noexcept { return !path_.empty(); }
    bool is_tls() const noexcept { return is_tls_; }
    /// Whether nobody between here and there can read along: TLS, a Unix socket, or loopback.
    bool is_private() const noexcept;
    const std::string& host() const noexcept { return host_; }
    const std::string& port() const noexcept { return port_; }
    const std::string& path() const noexcept { return path_; }
    /// The same URL for every way to write it.
    std::string url() const;

  private:
    std::string host_;
    std::string port_;
    std::string path_;
    bool is_tls_ = false;
};

/// What is wrong with one member of a request.
struct ApiFieldError {
    ApiFieldError() = default;

    /// A JSON pointer, like "/password".
    std::string pointer;
    std::string code;
    std::string detail;
    /// For "too_short": how long it must be.
    std::optional<std::uint64_t> min;
};

/// Why a call failed.
class ApiError {
  public:
    ApiError() = default;
    ApiError(boost::system::error_code why) : error(why) {}
    ApiError(Errc why) : error(make_error_code(why)) {}

    /// `connection_closed`, `timed_out`, `cancelled`, `malformed_answer`,
    /// `certificate_not_trusted`, the system's error; or,
    /// for a problem, what is nearest to it.
    boost::system::error_code error = Errc::internal;
    /// What the server said; empty if it did not, or this client does not know the code.
    std::optional<ProblemCode> problem;
    /// 0 without an answer; 200, say, of one that broke off.
    unsigned status = 0;
    std::string detail;
    std::vector<ApiFieldError> fields;
    std::optional<std::chrono::seconds> retry_after;
    std::string request_id;
};

[[noreturn]] inline void throw_exception_from_error(const ApiError& error,
                                                    const boost::source_location&) {
    throw boost::system::system_error(error.error, error.detail);
}

template <class T>
using ApiResult = boost::system::result<T, ApiError>;

/// Takes a part of a long answer, or a line of it without its end. An error ends the call.
using ApiSink = std::function<result<void>(std::string_view part)>;
/// Returns the next part of a long body, of some kilobytes; an empty one ends it.
using ApiSource = std::function<result<std::string>()>;

/// Any request of the API.
class ApiRequest {
  public:
    ApiRequest(std::string verb, std::string path, Secret json = {})
        : method(std::move(verb)), target(std::move(path)), body(std::move(json)) {}

    std::string method;
    std::string target;
    /// Empty: none. It may hold a password.
    Secret body;
    /// Empty: JSON, of a PATCH a merge patch.
    std::string content_type;
    /// With one, a POST that may have been applied is repeated as if it were idempotent.
    std::string idempotency_key;
    /// What is sent instead of `body`, as it is made. Such a call is never repeated.
    ApiSource source;
    /// Takes the body of an answer that is no problem, as it arrives.
    ApiSink sink;
};

class ApiResponse {
  public:
    ApiResponse() = default;

    unsigned status = 0;
    Secret body;
    std::optional<std::chrono::seconds> retry_after;
};

/// A user to be added. Only an administrator may set more than e-mail, password, username, name and
/// locale.
class NewApiUser {
  public:
    NewApiUser(std::string address, Secret secret)
        : email(std::move(address)), password(std::move(secret)) {}

    std::string email;
    Secret password;
    Role role = Role::user;
    UserProfile profile;
    bool disabled = false;
    std::string metadata = "{}";
};

/// What a user is to become; what is not set stays.
class ApiUserPatch {
  public:
    ApiUserPatch() = default;

    std::optional<std::string> email;
    std::optional<Role> role;
    std::optional<bool> disabled;
    std::optional<std::string> username;
    std::optional<std::string> name;
    std::optional<std::string> locale;
    std::optional<std::vector<std::string>> groups;
    /// Replaces all metadata.
    std::optional<std::string> metadata;
};

class ApiPasswordChange {
  public:
    explicit ApiPasswordChange(Secret replacement) : new_password(std::move(replacement)) {}

    Secret new_password;
    /// Needed for one's own.
    std::optional<Secret> current_password;
    bool keep_other_sessions = false;
};

class ApiLogIn {
  public:
    ApiLogIn() = default;

    Secret token;
    Session session;
    User user;
};

/// A token for a program.
class ApiToken {
  public:
    ApiToken() = default;

    Secret token;
    Session session;
};

enum class ApiLinkPurpose : std::uint8_t { invite, reset };

/// Shown once.
class ApiPasswordLink {
  public:
    ApiPasswordLink() = default;

    Secret url;
    Secret token;
    std::chrono::sys_seconds expires_at{};
};

/// Sessions of all users, by id.
struct ApiSessionPage {
    std::vector<Session> items;
    /// Empty at the end.
    std::string next_cursor;
};

/// Whom the rate limiter delays.
struct ApiDelay {
    std::string key;
    std::chrono::sys_seconds since{};
    std::chrono::sys_seconds until{};
};

struct ApiDelayPage {
    std::vector<ApiDelay> items;
    /// Empty at the end.
    std::string next_cursor;
};

/// What became of a line of an import.
class ApiImportedLine {
  public:
    ApiImportedLine() = default;

    enum class Status : std::uint8_t { added, would_add, not_added, refused };

    /// Counts from 1.
    std::size_t line = 0;
    Status status = Status::not_added;
    /// If it was added.
    std::optional<UserId> id;
    /// Why it was refused.
    Errc code = Errc::invalid_request;
    std::string detail;
};

struct ApiImportSummary {
    std::size_t added = 0;
    std::size_t refused = 0;
};

/// Log-ins since the server started.
struct ApiLogInCounts {
    std::uint64_t succeeded = 0;
    std::uint64_t refused = 0;
    std::uint64_t delayed = 0;
    std::uint64_t failed = 0;
};

class ApiStatus {
  public:
    ApiStatus() = default;

    std::string version;
    /// "ready", "read-only" or "draining".
    std::string status;
    // For administrators.
    std::optional<std::chrono::seconds> uptime;
    std::optional<std::uint64_t> users;
    std::optional<std::uint64_t> administrators;
    std::optional<std::uint64_t> sessions;
    /// Its URL; empty for others.
    std::string store;
    std::optional<ApiLogInCounts> log_ins;
    std::optional<std::chrono::sys_seconds> last_backup_at;
};

class ApiClientOptions {
  public:
    ApiClientOptions() = default;

    /// Of a whole call, with its repetitions.
    std::chrono::milliseconds timeout{30'000};
    /// Of each part of a call that sends or takes parts, and of the wait for its answer.
    std::chrono::milliseconds part_timeout{300'000};
    /// A PEM file of the certificates that are trusted; empty: those of the system, or what the
    /// variables SSL_CERT_FILE and SSL_CERT_DIR say.
    std::string trusted_certificates;
    std::size_t max_answer_bytes = 64 * 1024 * 1024;
    /// Connections that are kept for the next call.
    std::size_t idle_connections = 4;
    /// A call that is answered with 429 or 503 is made so many times, after `Retry-After` or a
    /// back-off. One that may have been applied is repeated only if it can be.
    unsigned tries = 3;
};

static_assert(!std::is_aggregate_v<ApiRequest> && !std::is_aggregate_v<ApiUserPatch> &&
              !std::is_aggregate_v<ApiClientOptions> && !std::is_aggregate_v<ApiEndpoint>);

}  // namespace roster
