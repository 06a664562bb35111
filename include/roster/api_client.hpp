#pragma once

// The coroutine client of the HTTP API, over TCP or a Unix socket.

#include <roster/api_types.hpp>
#include <roster/audit.hpp>
#include <roster/server_setting.hpp>
#include <roster/user_query.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster {

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

    /// With a key that no other call has, the call is made again where the answer got lost, and may
    /// be for 24 hours; it adds one user. Units: 1 to 255 printable ASCII characters.
    boost::asio::awaitable<ApiResult<User>> create_user(NewApiUser user,
                                                        std::string idempotency_key = {});
    boost::asio::awaitable<ApiResult<User>> user(UserId id);
    /// Oneself.
    boost::asio::awaitable<ApiResult<User>> own_user();
    /// By e-mail or username; for administrators.
    boost::asio::awaitable<ApiResult<std::optional<User>>> find_user(std::string login);
    boost::asio::awaitable<ApiResult<UserPage>> users(UserQuery query);
    boost::asio::awaitable<ApiResult<User>> patch_user(UserId id, ApiUserPatch patch);
    boost::asio::awaitable<ApiResult<void>> set_password(UserId id, ApiPasswordChange change);
    boost::asio::awaitable<ApiResult<void>> delete_user(UserId id);

    /// Without a lifetime, what the server has for this purpose.
    boost::asio::awaitable<ApiResult<ApiPasswordLink>> create_password_link(
        UserId user, ApiLinkPurpose purpose,
        std::optional<std::chrono::seconds> lifetime = std::nullopt);
    boost::asio::awaitable<ApiResult<void>> redeem_password_link(Secret token, Secret new_password);

    /// The token is not used by this client unless it is told to.
    boost::asio::awaitable<ApiResult<ApiLogIn>> log_in(std::string login, Secret password,
                                                       std::string label);
    /// Without a lifetime it ends when it is revoked.
    boost::asio::awaitable<ApiResult<ApiToken>> create_token(
        std::string label, std::optional<std::chrono::seconds> lifetime = std::nullopt);

    /// Of a user, or one's own.
    boost::asio::awaitable<ApiResult<std::vector<Session>>> sessions(std::optional<UserId> user);
    /// Of all users, for administrators. A page may have fewer than `limit`, or none.
    boost::asio::awaitable<ApiResult<ApiSessionPage>> all_sessions(std::size_t limit,
                                                                   std::string cursor = {});
    boost::asio::awaitable<ApiResult<void>> end_session(SessionId id);
    /// The session of the token; `nullopt` for the local operator, who has none.
    boost::asio::awaitable<ApiResult<std::optional<SessionId>>> own_session();
    /// That of the token.
    boost::asio::awaitable<ApiResult<void>> log_out();
    /// Returns how many there were.
    boost::asio::awaitable<ApiResult<std::size_t>> end_sessions(UserId user);

    boost::asio::awaitable<ApiResult<ApiStatus>> status();
    boost::asio::awaitable<ApiResult<std::vector<ServerSetting>>> config();
    boost::asio::awaitable<ApiResult<AuditPage>> audit(AuditQuery query);
    boost::asio::awaitable<ApiResult<ApiDelayPage>> limits(std::size_t limit,
                                                           std::string cursor = {});
    /// False if nothing was counted by this key.
    boost::asio::awaitable<ApiResult<bool>> forgive(std::string key);

    // These hold a megabyte at most, however much there is.

    /// A user a line, as `roster export` writes them. Hashes are for the local operator alone.
    boost::asio::awaitable<ApiResult<void>> export_users(bool with_hashes, ApiSink line);
    /// Lines of users, all of them added or none. `told` is called for each of them.
    boost::asio::awaitable<ApiResult<ApiImportSummary>> import_users(
        ApiSource lines, bool is_dry_run,
        std::function<void(const ApiImportedLine& line)> told = {});
    /// The bytes of a file that `roster restore` takes. They are a backup only if the call
    /// succeeds.
    boost::asio::awaitable<ApiResult<void>> back_up(ApiSink bytes);

  private:
    struct State;
    static boost::asio::awaitable<ApiResult<ApiResponse>> send(std::shared_ptr<State> state,
                                                               ApiRequest request);
    template <class T>
    static boost::asio::awaitable<ApiResult<T>> call(std::shared_ptr<State> state,
                                                     ApiRequest request,
                                                     std::optional<T> (*read)(std::string_view));
    static boost::asio::awaitable<ApiResult<void>> command(std::shared_ptr<State> state,
                                                           ApiRequest request);

    std::shared_ptr<State> state_;
};

}  // namespace roster
