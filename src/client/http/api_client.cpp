// A call: take a connection that is kept, or a new one; send, read; keep the connection; and do it
// again where the server asks for patience, or a kept connection turns out to be dead.

#include <roster/api_client.hpp>

#include "client/http/api_documents.hpp"
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
    return (request.method != "POST" && request.method != "PATCH") ||
           !request.idempotency_key.empty();
}

// What it sends or takes may be long.
bool is_long(const ApiRequest& request) noexcept {
    return request.source || request.sink;
}

std::chrono::milliseconds timeout_of(const ApiClientOptions& options) noexcept {
    return std::min(options.timeout, kLongestCall);
}

bool is_printable(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// After a redirection nothing was done.
bool is_success(unsigned status) noexcept {
    return (status >= 200 && status < 300) || status == 304;
}

// Whether making the call again does no harm and may help.
bool may_repeat(const ApiRequest& request, const ApiError& error) noexcept {
    if ((error.status != 429 && error.status != 503) || request.source) return false;
    return is_idempotent(request) || error.problem == ProblemCode::overloaded ||
           error.problem == ProblemCode::too_many_attempts;
}

}  // namespace

std::variant<ApiEndpoint, std::string> ApiEndpoint::parse(std::string_view url) {
    constexpr std::string_view kHttp = "http://";
    constexpr std::string_view kHttps = "https://";
    constexpr std::string_view kUnix = "unix:";
    constexpr std::string_view kForms = "must be https://HOST:PORT, http://HOST:PORT or unix:PATH";
    if (url.starts_with(kUnix) && url.size() > kUnix.size())
        return unix_socket(std::string(url.substr(kUnix.size())));
    const bool is_tls = url.starts_with(kHttps);
    if (!is_tls && !url.starts_with(kHttp)) return std::string(kForms);
    std::string authority(url.substr((is_tls ? kHttps : kHttp).size()));
    if (authority.ends_with('/')) authority.pop_back();
    auto found = parse_host_port(authority);
    if (!found) found = parse_host_port(authority + (is_tls ? ":443" : ":80"));
    if (!found || found->host.find_first_of("/?#@") != std::string::npos)
        return std::string(kForms);
    ApiEndpoint endpoint;
    endpoint.host_ = found->host;
    endpoint.port_ = std::to_string(found->port);
    endpoint.is_tls_ = is_tls;
    return endpoint;
}

ApiEndpoint ApiEndpoint::unix_socket(std::string path) {
    ApiEndpoint endpoint;
    endpoint.path_ = std::move(path);
    return endpoint;
}

bool ApiEndpoint::is_private() const noexcept {
    if (is_tls() || is_unix() || host_ == "localhost") return true;
    boost::system::error_code ec;
    const auto address = asio::ip::make_address(host_, ec);
    return !ec && address.is_loopback();
}

std::string ApiEndpoint::url() const {
    if (is_unix()) return "unix:" + path_;
    const auto colon = host_.find(':');
    const bool is_v6 = colon != std::string::npos;
    return (is_tls() ? "https://" : "http://") + (is_v6 ? "[" + host_ + "]" : host_) + ":" + port_;
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
    std::unique_ptr<HttpStream> stream;
    // One that turns out to be dead would take the first part of the body with it.
    if (!request->source) stream = self->take_idle();
    bool was_idle = stream != nullptr;
    while (true) {
        if (!stream) {
            const auto connect_by =
                std::min(deadline, steady_clock::now() + timeout_of(self->options));
            auto connected =
                co_await client::connect_http(self->endpoint, self->options, connect_by);
            if (!connected) co_return connected.error();
            stream = std::move(*connected);
        }
        auto answer = co_await stream->exchange(*request, token, deadline);
        if (answer) {
            if (answer->keep_alive) self->keep(std::move(stream));
            co_return std::move(answer);
        }
        const bool is_dead = was_idle && answer.error().error == Errc::connection_closed &&
                             answer.error().status == 0;
        if (!is_dead || !is_idempotent(*request)) co_return std::move(answer);
        // Others of the same age are no better.
        self->idle.clear();
        stream.reset();
        was_idle = false;
    }
}

asio::awaitable<ApiResult<ApiResponse>> ApiClient::send(std::shared_ptr<State> state,
                                                        ApiRequest request) {
    if (!is_printable(request.idempotency_key)) co_return ApiError(Errc::invalid_request);
    const auto timeout = is_long(request) ? kLongestCall : timeout_of(state->options);
    const auto deadline = steady_clock::now() + timeout;
    try {
        for (unsigned tries = 1;; ++tries) {
            auto answer = co_await State::exchange(state, &request, deadline);
            if (!answer) co_return answer.error();
            if (is_success(answer->response.status)) co_return std::move(answer->response);
            ApiError error =
                client::read_problem(answer->response.status, answer->response.body.reveal());
            error.retry_after = answer->response.retry_after;
            if (error.status < 400)
                error.detail = "the server sends its clients to another URL (status " +
                               std::to_string(error.status) + "); use that one";
            if (error.request_id.empty()) error.request_id = answer->request_id;
            const std::chrono::milliseconds back_off = kFirstBackOff * (1U << std::min(tries, 8U));
            const auto until =
                steady_clock::now() + (error.retry_after ? *error.retry_after : back_off);
            if (tries >= state->options.tries || until >= deadline || !may_repeat(request, error))
                co_return error;
            asio::steady_timer timer(state->executor, until);
            boost::system::error_code ec;
            co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            if (ec) break;
        }
    } catch (const boost::system::system_error& failure) {
        // A cancellation between two operations is thrown by the second.
        if (failure.code() != asio::error::operation_aborted) throw;
    }
    co_return ApiError(Errc::cancelled);
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

}  // namespace roster
