// The calls of the API, each a request and the reading of its answer.

#include <roster/api_client.hpp>

#include "client/http/api_documents.hpp"
#include "client/http/api_requests.hpp"
#include "protocol/http/escapes.hpp"

#include <utility>

namespace roster {

namespace asio = boost::asio;
using protocol::http::escaped;

namespace {

// What is not found there is a session.
asio::awaitable<ApiResult<void>> of_session(asio::awaitable<ApiResult<void>> ending) {
    const ApiResult<void> ended = co_await std::move(ending);
    if (ended || ended.error().problem != ProblemCode::not_found) co_return ended;
    ApiError error = ended.error();
    error.error = Errc::session_not_found;
    co_return error;
}

// Parts of a text -> its lines.
class LineSplitter {
  public:
    explicit LineSplitter(ApiSink take) : take_(std::move(take)) {}
    ~LineSplitter() { wipe(rest_.data(), rest_.size()); }
    LineSplitter(const LineSplitter&) = delete;
    LineSplitter& operator=(const LineSplitter&) = delete;

    /// Lifetime: not longer than this.
    ApiSink sink() {
        return [this](std::string_view part) { return take(part); };
    }
    /// Whether the last line had its line feed.
    bool is_at_end() const noexcept { return rest_.empty(); }

  private:
    static constexpr std::size_t kMostBytes = 1024 * 1024;

    result<void> take(std::string_view part) {
        for (auto end = part.find('\n'); end != part.npos; end = part.find('\n')) {
            rest_ += part.substr(0, end);
            part.remove_prefix(end + 1);
            const result<void> taken = take_(rest_);
            rest_.clear();
            if (!taken) return taken;
        }
        rest_ += part;
        if (rest_.size() > kMostBytes) return Errc::malformed_answer;
        return {};
    }

    const ApiSink take_;
    std::string rest_;
};

}  // namespace

template <class T>
asio::awaitable<ApiResult<T>> ApiClient::call(std::shared_ptr<State> state, ApiRequest request,
                                              std::optional<T> (*read)(std::string_view)) {
    const auto response = co_await send(std::move(state), std::move(request));
    if (!response) co_return response.error();
    std::optional<T> value = read(response->body.reveal());
    if (!value) co_return ApiError(Errc::malformed_answer);
    co_return std::move(*value);
}

asio::awaitable<ApiResult<void>> ApiClient::command(std::shared_ptr<State> state,
                                                    ApiRequest request) {
    const auto response = co_await send(std::move(state), std::move(request));
    if (!response) co_return response.error();
    co_return ApiResult<void>();
}

asio::awaitable<ApiResult<User>> ApiClient::create_user(NewApiUser user,
                                                        std::string idempotency_key) {
    ApiRequest request = client::create_user_request(user);
    request.idempotency_key = std::move(idempotency_key);
    return call<User>(state_, std::move(request), client::read_api_user);
}

asio::awaitable<ApiResult<User>> ApiClient::user(UserId id) {
    return call<User>(state_, {"GET", client::user_path(id)}, client::read_api_user);
}

asio::awaitable<ApiResult<User>> ApiClient::own_user() {
    return call<User>(state_, {"GET", "/v1/users/me"}, client::read_api_user);
}

asio::awaitable<ApiResult<std::optional<User>>> ApiClient::find_user(std::string login) {
    ApiRequest request("GET", "/v1/users?login=" + escaped(login));
    const auto page = co_await call<UserPage>(state_, std::move(request), client::read_user_page);
    if (!page) co_return page.error();
    std::optional<User> user;
    if (!page->users.empty()) user = page->users.front();
    co_return user;
}

asio::awaitable<ApiResult<UserPage>> ApiClient::users(UserQuery query) {
    return call<UserPage>(state_, {"GET", client::list_target(query)}, client::read_user_page);
}

asio::awaitable<ApiResult<User>> ApiClient::patch_user(UserId id, ApiUserPatch patch) {
    return call<User>(state_, client::patch_user_request(id, patch), client::read_api_user);
}

asio::awaitable<ApiResult<void>> ApiClient::set_password(UserId id, ApiPasswordChange change) {
    ApiRequest request = client::set_password_request(id, change);
    return command(state_, std::move(request));
}

asio::awaitable<ApiResult<void>> ApiClient::delete_user(UserId id) {
    ApiRequest request("DELETE", client::user_path(id));
    return command(state_, std::move(request));
}

asio::awaitable<ApiResult<ApiPasswordLink>> ApiClient::create_password_link(
    UserId user, ApiLinkPurpose purpose, std::optional<std::chrono::seconds> lifetime) {
    return call<ApiPasswordLink>(state_, client::password_link_request(user, purpose, lifetime),
                                 client::read_password_link);
}

asio::awaitable<ApiResult<void>> ApiClient::redeem_password_link(Secret token,
                                                                 Secret new_password) {
    return command(state_, client::redeem_request(token, new_password));
}

asio::awaitable<ApiResult<ApiToken>> ApiClient::create_token(
    std::string label, std::optional<std::chrono::seconds> lifetime) {
    return call<ApiToken>(state_, client::create_token_request(label, lifetime),
                          client::read_token);
}

asio::awaitable<ApiResult<ApiLogIn>> ApiClient::log_in(std::string login, Secret password,
                                                       std::string label) {
    return call<ApiLogIn>(state_, client::log_in_request(login, password, label),
                          client::read_log_in);
}

asio::awaitable<ApiResult<std::vector<Session>>> ApiClient::sessions(std::optional<UserId> user) {
    const std::string target =
        user ? "/v1/sessions?user=" + std::to_string(*user) : std::string("/v1/sessions");
    return call<std::vector<Session>>(state_, {"GET", target}, client::read_sessions);
}

asio::awaitable<ApiResult<ApiSessionPage>> ApiClient::all_sessions(std::size_t limit,
                                                                   std::string cursor) {
    std::string target = "/v1/sessions?user=all&limit=" + std::to_string(limit);
    if (!cursor.empty()) target += "&cursor=" + escaped(cursor);
    return call<ApiSessionPage>(state_, {"GET", std::move(target)}, client::read_session_page);
}

asio::awaitable<ApiResult<void>> ApiClient::end_session(SessionId id) {
    ApiRequest request("DELETE", "/v1/sessions/" + std::to_string(id));
    return of_session(command(state_, std::move(request)));
}

asio::awaitable<ApiResult<std::optional<SessionId>>> ApiClient::own_session() {
    return call<std::optional<SessionId>>(state_, {"GET", "/v1/sessions"},
                                          client::read_own_session);
}

asio::awaitable<ApiResult<void>> ApiClient::log_out() {
    ApiRequest request("DELETE", "/v1/sessions/current");
    return of_session(command(state_, std::move(request)));
}

asio::awaitable<ApiResult<std::size_t>> ApiClient::end_sessions(UserId user) {
    return call<std::size_t>(state_,
                             {"DELETE", "/v1/sessions?scope=all&user=" + std::to_string(user)},
                             client::read_revoked);
}

asio::awaitable<ApiResult<ApiStatus>> ApiClient::status() {
    return call<ApiStatus>(state_, {"GET", "/v1/status"}, client::read_api_status);
}

asio::awaitable<ApiResult<std::vector<ServerSetting>>> ApiClient::config() {
    return call<std::vector<ServerSetting>>(state_, {"GET", "/v1/config"}, client::read_settings);
}

asio::awaitable<ApiResult<AuditPage>> ApiClient::audit(AuditQuery query) {
    return call<AuditPage>(state_, {"GET", client::audit_target(query)}, client::read_audit_page);
}

asio::awaitable<ApiResult<ApiDelayPage>> ApiClient::limits(std::size_t limit, std::string cursor) {
    std::string target = "/v1/limits?limit=" + std::to_string(limit);
    if (!cursor.empty()) target += "&cursor=" + escaped(cursor);
    return call<ApiDelayPage>(state_, {"GET", std::move(target)}, client::read_delays);
}

asio::awaitable<ApiResult<bool>> ApiClient::forgive(std::string key) {
    ApiRequest request("DELETE", "/v1/limits/" + escaped(key));
    const auto forgiven = co_await command(state_, std::move(request));
    if (forgiven) co_return true;
    if (forgiven.error().problem == ProblemCode::not_found) co_return false;
    co_return forgiven.error();
}

asio::awaitable<ApiResult<void>> ApiClient::export_users(bool with_hashes, ApiSink line) {
    ApiRequest request("GET", with_hashes ? "/v1/export?password_hashes=true" : "/v1/export");
    LineSplitter lines(std::move(line));
    request.sink = lines.sink();
    auto exported = co_await command(state_, std::move(request));
    if (exported && !lines.is_at_end()) co_return ApiError(Errc::malformed_answer);
    co_return exported;
}

asio::awaitable<ApiResult<ApiImportSummary>> ApiClient::import_users(
    ApiSource lines, bool is_dry_run, std::function<void(const ApiImportedLine&)> told) {
    ApiRequest request("POST", is_dry_run ? "/v1/import?dry_run=true" : "/v1/import");
    request.content_type = "application/x-ndjson";
    request.source = std::move(lines);
    std::optional<ApiImportSummary> summary;
    const auto take = [&summary, &told](std::string_view line) -> result<void> {
        const auto imported = client::read_imported_line(line);
        if (imported && told) told(*imported);
        if (!imported) summary = client::read_import_summary(line);
        if (!imported && !summary) return Errc::malformed_answer;
        return {};
    };
    LineSplitter answers(take);
    request.sink = answers.sink();
    const auto answered = co_await command(state_, std::move(request));
    if (!answered) co_return answered.error();
    if (!summary) co_return ApiError(Errc::malformed_answer);
    co_return *summary;
}

asio::awaitable<ApiResult<void>> ApiClient::back_up(ApiSink bytes) {
    ApiRequest request("POST", "/v1/backup");
    request.sink = std::move(bytes);
    return command(state_, std::move(request));
}

}  // namespace roster
