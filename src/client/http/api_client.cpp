// A call: take a connection that is kept, or a new one; send, read; keep the connection; and do it
// again where the server asks for patience, or a kept connection turns out to be dead.

#include <roster/api_client.hpp>

#include "client/http/api_documents.hpp"
#include "client/http/api_requests.hpp"
#include "client/http/http_stream.hpp"
#include "core/address.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace roster {

namespace asio = boost::asio;
using client::HttpStream;
using std::chrono::steady_clock;

namespace {

// Less than a server's `--http-idle-timeout`.
constexpr std::chrono::seconds kLongestIdle{30};
constexpr std::chrono::milliseconds kFirstBackOff{250};
constexpr std::chrono::milliseconds kLongestCall = std::chrono::hours(24 * 365);

bool is_idempotent(const ApiRequest& request) noexcept {
    return request.method != "POST" && request.method != "PATCH";
}

// Whether making the call again does no harm and may help.
bool may_repeat(const ApiRequest& request, const ApiError& error) noexcept {
    if (error.status != 429 && error.status != 503) return false;
    return is_idempotent(request) || error.problem == ProblemCode::overloaded ||
           error.problem == ProblemCode::too_many_attempts;
}

std::optional<bool> read_nothing(std::string_view) {
    return true;
}

ApiResult<void> without_value(const ApiResult<bool>& answer) {
    if (!answer) return answer.error();
    return {};
}

// What is not found there is a session.
template <class T>
ApiResult<T> of_session(ApiResult<T> answer) {
    if (answer || answer.error().problem != ProblemCode::not_found) return answer;
    ApiError error = answer.error();
    error.error = Errc::session_not_found;
    return error;
}

}  // namespace

std::variant<ApiEndpoint, std::string> ApiEndpoint::parse(std::string_view url) {
    constexpr std::string_view kHttp = "http://";
    constexpr std::string_view kUnix = "unix:";
    if (url.starts_with(kUnix) && url.size() > kUnix.size())
        return unix_socket(std::string(url.substr(kUnix.size())));
    if (url.starts_with("https://"))
        return "roster speaks no TLS yet; use http:// to this machine, through an SSH tunnel if "
               "the server is on another";
    if (!url.starts_with(kHttp)) return "must be http://HOST:PORT or unix:PATH";
    std::string authority(url.substr(kHttp.size()));
    if (authority.ends_with('/')) authority.pop_back();
    auto found = parse_host_port(authority);
    if (!found) found = parse_host_port(authority + ":80");
    if (!found || found->host.find_first_of("/?#@") != std::string::npos)
        return "must be http://HOST:PORT or unix:PATH";
    ApiEndpoint endpoint;
    endpoint.host_ = found->host;
    endpoint.port_ = std::to_string(found->port);
    return endpoint;
}

ApiEndpoint ApiEndpoint::unix_socket(std::string path) {
    ApiEndpoint endpoint;
    endpoint.path_ = std::move(path);
    return endpoint;
}

bool ApiEndpoint::is_local() const noexcept {
    if (is_unix() || host_ == "localhost") return true;
    boost::system::error_code ec;
    const auto address = asio::ip::make_address(host_, ec);
    return !ec && address.is_loopback();
}

std::string ApiEndpoint::url() const {
    if (is_unix()) return "unix:" + path_;
    const auto colon = host_.find(':');
    const bool is_v6 = colon != std::string::npos;
    return "http://" + (is_v6 ? "[" + host_ + "]" : host_) + ":" + port_;
}

struct ApiClient::State {
    State(asio::any_io_executor its_executor, ApiEndpoint its_endpoint, ApiClientOptions its)
        : executor(std::move(its_executor)),
          endpoint(std::move(its_endpoint)),
          options(std::move(its)) {}

    struct Idle {
        std::unique_ptr<HttpStream> stream;
        steady_clock::time_point since;
    };

    // The one used last, unless the server has probably closed it; null: none.
    std::unique_ptr<HttpStream> take_idle() {
        const auto oldest = steady_clock::now() - kLongestIdle;
        std::erase_if(idle, [oldest](const Idle& kept) { return kept.since < oldest; });
        if (idle.empty()) return nullptr;
        auto stream = std::move(idle.back().stream);
        idle.pop_back();
        return stream;
    }

    void keep(std::unique_ptr<HttpStream> stream) {
        if (idle.size() >= options.idle_connections) return;
        Idle kept{std::move(stream), steady_clock::now()};
        idle.push_back(std::move(kept));
    }

    static asio::awaitable<ApiResult<HttpStream::Answer>> exchange(std::shared_ptr<State> self,
                                                                   const ApiRequest* request,
                                                                   HttpStream::Deadline deadline);

    asio::any_io_executor executor;
    ApiEndpoint endpoint;
    ApiClientOptions options;
    Secret token;
    std::vector<Idle> idle;
};

asio::awaitable<ApiResult<HttpStream::Answer>> ApiClient::State::exchange(
    std::shared_ptr<State> self, const ApiRequest* request, HttpStream::Deadline deadline) {
    const Secret token = self->token;
    std::unique_ptr<HttpStream> stream = self->take_idle();
    bool was_idle = stream != nullptr;
    while (true) {
        if (!stream) {
            auto connected = co_await client::connect_http(
                self->endpoint, self->options.max_answer_bytes, deadline);
            if (!connected) co_return connected.error();
            stream = std::move(*connected);
        }
        auto answer = co_await stream->exchange(*request, token, deadline);
        if (answer) {
            if (answer->keep_alive) self->keep(std::move(stream));
            co_return std::move(answer);
        }
        const bool is_dead = was_idle && answer.error().error == Errc::connection_closed;
        if (!is_dead || !is_idempotent(*request)) co_return std::move(answer);
        // Others of the same age are no better.
        self->idle.clear();
        stream.reset();
        was_idle = false;
    }
}

asio::awaitable<ApiResult<ApiResponse>> ApiClient::send(std::shared_ptr<State> state,
                                                        ApiRequest request) {
    const auto timeout = std::min(state->options.timeout, kLongestCall);
    const auto deadline = steady_clock::now() + timeout;
    for (unsigned tries = 1;; ++tries) {
        auto answer = co_await State::exchange(state, &request, deadline);
        if (!answer) co_return answer.error();
        if (answer->response.status < 400) co_return std::move(answer->response);
        ApiError error =
            client::read_problem(answer->response.status, answer->response.body.reveal());
        error.retry_after = answer->response.retry_after;
        if (error.request_id.empty()) error.request_id = answer->request_id;
        const auto back_off = kFirstBackOff * (1U << std::min(tries, 8U));
        const std::chrono::milliseconds wait = error.retry_after.value_or(std::chrono::seconds(0));
        const auto until = steady_clock::now() + std::max<std::chrono::milliseconds>(
                                                     wait, error.retry_after ? wait : back_off);
        if (tries >= state->options.tries || until >= deadline || !may_repeat(request, error))
            co_return error;
        asio::steady_timer timer(state->executor, until);
        boost::system::error_code ec;
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        if (ec) co_return ApiError(Errc::cancelled);
    }
}

template <class T>
asio::awaitable<ApiResult<T>> ApiClient::call(std::shared_ptr<State> state, ApiRequest request,
                                              std::optional<T> (*read)(std::string_view)) {
    const auto response = co_await send(std::move(state), std::move(request));
    if (!response) co_return response.error();
    std::optional<T> value = read(response->body.reveal());
    if (!value) co_return ApiError(Errc::malformed_answer);
    co_return std::move(*value);
}

ApiClient::ApiClient(asio::any_io_executor executor, ApiEndpoint endpoint, ApiClientOptions options)
    : state_(
          std::make_shared<State>(std::move(executor), std::move(endpoint), std::move(options))) {}
ApiClient::~ApiClient() = default;
ApiClient::ApiClient(ApiClient&&) noexcept = default;
ApiClient& ApiClient::operator=(ApiClient&&) noexcept = default;

void ApiClient::use_token(Secret token) {
    state_->token = std::move(token);
}

asio::awaitable<ApiResult<ApiResponse>> ApiClient::fetch(ApiRequest request) {
    return send(state_, std::move(request));
}

asio::awaitable<ApiResult<User>> ApiClient::create_user(NewApiUser user) {
    return call<User>(state_, client::create_user_request(user), client::read_api_user);
}

asio::awaitable<ApiResult<User>> ApiClient::user(UserId id) {
    return call<User>(state_, {"GET", client::user_path(id)}, client::read_api_user);
}

asio::awaitable<ApiResult<User>> ApiClient::own_user() {
    return call<User>(state_, {"GET", "/v1/users/me"}, client::read_api_user);
}

asio::awaitable<ApiResult<std::optional<User>>> ApiClient::find_user(std::string login) {
    ApiRequest request("GET", "/v1/users?login=" + client::query_value(login));
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
    const auto answer = co_await call<bool>(state_, std::move(request), read_nothing);
    co_return without_value(answer);
}

asio::awaitable<ApiResult<void>> ApiClient::delete_user(UserId id) {
    ApiRequest request("DELETE", client::user_path(id));
    const auto answer = co_await call<bool>(state_, std::move(request), read_nothing);
    co_return without_value(answer);
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

asio::awaitable<ApiResult<void>> ApiClient::end_session(SessionId id) {
    ApiRequest request("DELETE", "/v1/sessions/" + std::to_string(id));
    const auto answer = co_await call<bool>(state_, std::move(request), read_nothing);
    co_return without_value(of_session(answer));
}

asio::awaitable<ApiResult<void>> ApiClient::log_out() {
    ApiRequest request("DELETE", "/v1/sessions/current");
    const auto answer = co_await call<bool>(state_, std::move(request), read_nothing);
    co_return without_value(of_session(answer));
}

asio::awaitable<ApiResult<std::size_t>> ApiClient::end_sessions(UserId user) {
    return call<std::size_t>(state_,
                             {"DELETE", "/v1/sessions?scope=all&user=" + std::to_string(user)},
                             client::read_revoked);
}

asio::awaitable<ApiResult<ApiStatus>> ApiClient::status() {
    return call<ApiStatus>(state_, {"GET", "/v1/status"}, client::read_api_status);
}

}  // namespace roster
