#pragma once

// The coroutine client of the HTTP API, over TCP or a Unix socket.
// Knows no TLS: a server on another host is behind a proxy that does.

#include <roster/error.hpp>
#include <roster/problem_code.hpp>
#include <roster/secret.hpp>
#include <roster/session.hpp>
#include <roster/user.hpp>
#include <roster/user_query.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/assert/source_location.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
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
    /// "http://HOST", "http://HOST:PORT" or "unix:PATH". Otherwise a message for the person who
    /// wrote it.
    static std::variant<ApiEndpoint, std::string> parse(std::string_view url);
    static ApiEndpoint unix_socket(std::string path);

    bool is_unix() const noexcept { return !path_.empty(); }
    /// Whether nobody between here and there can read along: a Unix socket, or loopback.
    bool is_local() const noexcept;
    const std::string& host() const noexcept { return host_; }
    const std::string& port() const noexcept { return port_; }
    const std::string& path() const noexcept { return path_; }
    /// The same URL for every way to write it.
    std::string url() const;

  private:
    std::string host_;
    std::string port_;
    std::string path_;
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

    /// `connection_closed`, `timed_out`, `cancelled`, `malformed_answer`, the system's error; or,
    /// for a problem, what is nearest to it.
    boost::system::error_code error = Errc::internal;
    /// What the server said; empty if it did not, or this client does not know the code.
    std::optional<ProblemCode> problem;
    /// 0 without an answer.
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

/// Any request of the API.
class ApiRequest {
  public:
    ApiRequest(std::string verb, std::string path, Secret json = {})
        : method(std::move(verb)), target(std::move(path)), body(std::move(json)) {}

    std::string method;
    std::string target;
    /// JSON; empty: none. It may hold a password.
    Secret body;
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
};

class ApiClientOptions {
  public:
    ApiClientOptions() = default;

    /// Of a whole call, with its repetitions.
    std::chrono::milliseconds timeout{30'000};
    std::size_t max_answer_bytes = 64 * 1024 * 1024;
    /// Connections that are kept for the next call.
    std::size_t idle_connections = 4;
    /// A call that is answered with 429 or 503 is made so many times, after `Retry-After` or a
    /// back-off. One that may have been applied is repeated only if it can be.
    unsigned tries = 3;
};

/// Errors, of every call: what `ApiError` says.
/// Threads: all calls from one executor, that of the constructor; it runs one handler at a time.
/// Cancellation: per operation, `terminal` and `partial`; whether the server carried out the call
/// is then unknown.
/// Lifetime: may be destroyed while calls are in progress. The executor's context outlives it.
class ApiClient {
  public:
    ApiClient(boost::asio::any_io_executor executor, ApiEndpoint endpoint,
              ApiClientOptions options = {});
    ~ApiClient();
    ApiClient(ApiClient&&) noexcept;
    ApiClient& operator=(ApiClient&&) noexcept;

    /// Sent with the calls that begin from now on; empty: none.
    void use_token(Secret token);

    /// Returns answers with a status below 400.
    boost::asio::awaitable<ApiResult<ApiResponse>> fetch(ApiRequest request);

    boost::asio::awaitable<ApiResult<User>> create_user(NewApiUser user);
    boost::asio::awaitable<ApiResult<User>> user(UserId id);
    /// Oneself.
    boost::asio::awaitable<ApiResult<User>> own_user();
    /// By e-mail or username; for administrators.
    boost::asio::awaitable<ApiResult<std::optional<User>>> find_user(std::string login);
    boost::asio::awaitable<ApiResult<UserPage>> users(UserQuery query);
    boost::asio::awaitable<ApiResult<User>> patch_user(UserId id, ApiUserPatch patch);
    boost::asio::awaitable<ApiResult<void>> set_password(UserId id, ApiPasswordChange change);
    boost::asio::awaitable<ApiResult<void>> delete_user(UserId id);

    /// The token is not used by this client unless it is told to.
    boost::asio::awaitable<ApiResult<ApiLogIn>> log_in(std::string login, Secret password,
                                                       std::string label);
    /// Of a user, or one's own.
    boost::asio::awaitable<ApiResult<std::vector<Session>>> sessions(std::optional<UserId> user);
    boost::asio::awaitable<ApiResult<void>> end_session(SessionId id);
    /// That of the token.
    boost::asio::awaitable<ApiResult<void>> log_out();
    /// Returns how many there were.
    boost::asio::awaitable<ApiResult<std::size_t>> end_sessions(UserId user);

    boost::asio::awaitable<ApiResult<ApiStatus>> status();

  private:
    struct State;
    static boost::asio::awaitable<ApiResult<ApiResponse>> send(std::shared_ptr<State> state,
                                                               ApiRequest request);
    template <class T>
    static boost::asio::awaitable<ApiResult<T>> call(std::shared_ptr<State> state,
                                                     ApiRequest request,
                                                     std::optional<T> (*read)(std::string_view));

    std::shared_ptr<State> state_;
};

static_assert(!std::is_aggregate_v<ApiRequest> && !std::is_aggregate_v<ApiUserPatch> &&
              !std::is_aggregate_v<ApiClientOptions> && !std::is_aggregate_v<ApiEndpoint>);

}  // namespace roster
