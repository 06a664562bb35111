#include "server/http/http_connection.hpp"

#include "core/text.hpp"
#include "core/time.hpp"
#include "server/http/access_log.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <roster/log.hpp>

#include <exception>
#include <new>
#include <random>
#include <utility>

namespace roster::server {

namespace asio = boost::asio;
namespace http = protocol::http;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t kLongBodyBytes = 16 * 1024;

// Requests that may hash a password or write.
bool takes_long(const http::Request& request) {
    return request.method != http::Method::get && request.method != http::Method::head;
}

http::Problem problem_for(ConnectionRefusal why) {
    switch (why) {
        case ConnectionRefusal::overloaded:
            return {http::ProblemCode::overloaded, "too many connections; try again in a moment"};
        case ConnectionRefusal::stopping:
            return {http::ProblemCode::overloaded, "the server is stopping"};
        case ConnectionRefusal::not_tls:
            return {http::ProblemCode::malformed_request,
                    "this listener speaks TLS: write https:// instead of http://"};
        case ConnectionRefusal::timed_out: break;
    }
    return {http::ProblemCode::request_timeout, "the request did not arrive whole in time"};
}

std::uint64_t random_number() {
    std::random_device random;
    return (std::uint64_t{random()} << 32U) | random();
}

}  // namespace

HttpConnection::HttpConnection(asio::io_context& io, Descriptor socket, const PeerAddress& peer,
                               const HttpContext& context)
    : Connection(io, std::move(socket), peer, context.table, context.limits,
                 context.limits.http_idle, context.log, "http"),
      context_(context) {
    if (context.certificate != nullptr) use_tls(context.certificate->context());
}

HttpExchange& HttpConnection::exchange() {
    if (!exchange_) exchange_ = HttpExchange::begin(request_limits(limits()));
    return *exchange_;
}

asio::awaitable<bool> HttpConnection::answer_requests() {
    if (!exchange_) co_return true;
    http::RequestDecoder& decoder = exchange_->decoder;
    for (;;) {
        Request* const request = decoder.next();
        const Request* const undecided = decoder.undecided();
        if (undecided != nullptr) {
            const PeerAddress client = client_of(*undecided);
            const std::size_t limit =
                co_await context_.handler.body_limit(*undecided, client, limits().body_bytes);
            decoder.limit_body(limit);
            continue;
        }
        if (request == nullptr) break;
        if (begin_request(takes_long(*request))) {
            const bool flushed = co_await flush();
            if (!flushed) co_return false;
        }
        request->begun_at = steady_clock::now();
        name_request(*request);
        if (!answer_now(*request)) {
            set_busy();
            co_await answer(*request);
        }
        if (!takes_long(*request)) refuse_if_too_long();
        const bool ends_the_body = response().rest != nullptr && request->http_1_0;
        response().close =
            response().close || !request->keep_alive || is_closing() || ends_the_body;
        const bool head = request->method == http::Method::head;
        std::size_t body_bytes = append(request, head);
        bool is_whole = true;
        if (response().rest && !head) is_whole = co_await send_rest(*request, body_bytes);
        const auto answered_at = steady_clock::now();
        note(request, body_bytes, answered_at - request->begun_at);
        const bool is_last = response().close;
        response().clear();
        if (!is_whole) co_return false;
        if (is_last) {
            co_await send_last(!request->keep_alive && !request->has_unknown_expectation);
            co_return false;
        }
        if (end_request(answered_at)) {
            const bool flushed = co_await flush();
            if (!flushed) co_return false;
        }
    }
    if (const auto& refusal = decoder.refusal()) {
        append_malformed(*refusal);
        co_await send_last();
        co_return false;
    }
    if (decoder.take_continue()) unsent_ += http::kContinue;
    if (decoder.is_fresh())
        HttpExchange::end(std::move(exchange_));
    else
        response().body.shrink_to_fit();
    co_return true;
}

void HttpConnection::feed(std::string_view bytes) {
    exchange().decoder.feed(bytes);
}

// What goes wrong goes wrong again in `answer`, which says so.
bool HttpConnection::answer_now(const Request& request) {
    if (answer_by_itself(request)) return true;
    try {
        return context_.handler.answer_now(request, client_of(request), response());
    } catch (const std::exception&) {
        return false;
    }
}

asio::awaitable<void> HttpConnection::answer(const Request& request) {
    response().clear();
    std::string what;
    bool is_short_of_memory = false;
    const PeerAddress client = client_of(request);
    try {
        co_await context_.handler.answer(request, client, response());
        co_return;
    } catch (const std::bad_alloc&) {
        is_short_of_memory = true;
    } catch (const std::exception& e) {
        what = e.what();
    }
    // What changes something may have done it.
    if (is_short_of_memory)
        co_return answer_unavailable(takes_long(request) ? http::ProblemCode::store_unavailable
                                                         : http::ProblemCode::overloaded,
                                     "memory is short; try again in a moment");
    log().error("http {}: request {} failed: {}", peer_name(), request.request_id, what);
    response().clear();
    response().fail(
        http::Problem(http::ProblemCode::internal, "the request could not be answered"));
    response().close = true;
}

void HttpConnection::answer_unavailable(http::ProblemCode code, std::string detail) {
    response().clear();
    response().body.shrink_to_fit();
    response().fail(http::Problem(code, std::move(detail)));
}

// Of what only reads: a change that was made must not be answered as if it was not.
void HttpConnection::refuse_if_too_long() {
    constexpr std::size_t kStreamBytes = std::size_t{1024} * 1024;
    if (!make_room(response().rest ? kStreamBytes : response().body.size()))
        answer_unavailable(http::ProblemCode::overloaded,
                           "too many long answers wait to be read; try again in a moment");
}

// Each part is sent before the next one is asked for, so that a slow reader slows the source down.
asio::awaitable<bool> HttpConnection::send_rest(const Request& request, std::size_t& body_bytes) {
    std::string part;
    for (auto last = http::BodyPart::more; last == http::BodyPart::more;) {
        const bool sent = co_await flush();
        if (!sent) co_return false;
        // A source that never waits must not keep the thread from other connections.
        const auto executor = co_await asio::this_coro::executor;
        co_await asio::post(executor, asio::use_awaitable);
        wipe(part.data(), part.size());
        part.clear();
        const auto appended = co_await next_part(request, part);
        if (!appended) {
            cut();
            co_return false;
        }
        last = *appended;
        body_bytes += part.size();
        if (request.http_1_0)
            unsent_ += part;
        else if (!part.empty())
            http::append_chunk(part, unsent_);
    }
    if (!request.http_1_0) unsent_ += http::kLastChunk;
    co_return true;
}

// `nullopt`: the source has failed.
asio::awaitable<std::optional<http::BodyPart>> HttpConnection::next_part(const Request& request,
                                                                         std::string& part) {
    std::string what;
    try {
        const result<http::BodyPart> appended = co_await response().rest->append(part);
        if (appended) co_return *appended;
        what = appended.error().message();
    } catch (const std::exception& e) {
        what = e.what();
    }
    log().error("http {}: the response to request {} is cut: {}", peer_name(), request.request_id,
                what);
    co_return std::nullopt;
}

// What is the same for every target.
bool HttpConnection::answer_by_itself(const Request& request) {
    constexpr std::string_view kMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    using http::Method;
    const bool is_usual = request.method != Method::other && !request.has_unknown_expectation &&
                          request.target.form() != http::Target::Form::asterisk;
    if (is_usual || context_.handler.is_about_another(request)) return false;
    if (request.has_unknown_expectation)
        response().fail(
            {http::ProblemCode::expectation_failed, "only 100-continue can be expected"});
    else if (request.method == Method::other)
        response().fail({http::ProblemCode::not_implemented, "the method is not known"});
    else
        response().status = 204;
    response().add_header("Allow", kMethods);
    return true;
}

void HttpConnection::append_malformed(const http::Refusal& refusal) {
    if (refusal.detail == http::kTlsHandshakeDetail)
        log().info("http {}: a TLS handshake came to the plain listener", peer_name());
    response().clear();
    response().fail(http::Problem(refusal.code, refusal.detail));
    note(nullptr, append(nullptr, refusal.head), {});
}

void HttpConnection::append_refusal(ConnectionRefusal why) {
    exchange().response.clear();
    response().fail(problem_for(why));
    note(nullptr, append(nullptr, false), {});
}

std::size_t HttpConnection::append(const Request* request, bool head) {
    http::ResponseContext to;
    if (context_.strict_transport)
        response().add_header("Strict-Transport-Security", "max-age=31536000");
    to.head = head;
    to.keep_alive = request != nullptr && !response().close;
    to.http_1_0 = request != nullptr && request->http_1_0;
    to.request_id = request != nullptr ? request->request_id : new_request_id();
    const bool shows_path = request != nullptr && response().problem;
    const std::string path = shows_path ? path_without_tokens(request->target) : std::string();
    to.path = path;
    const auto now = wall_second();
    // A connection that is used once does not write the date of its own.
    thread_local http::Encoder encoder;
    const std::size_t body_bytes = encoder.encode(response(), to, now, unsent_);
    // Not twice while it waits to be sent.
    if (response().body.size() > kLongBodyBytes) {
        wipe(response().body.data(), response().body.size());
        response().body.clear();
        response().body.shrink_to_fit();
    }
    return body_bytes;
}

PeerAddress HttpConnection::client_of(const Request& request) const {
    return context_.proxies == nullptr ? peer() : context_.proxies->client_of(peer(), request);
}

// No values of the query: they may be secret, and so may be what a refused request holds.
void HttpConnection::note(const Request* request, std::size_t body_bytes,
                          steady_clock::duration elapsed) const {
    const bool known = request != nullptr;
    if (context_.metrics != nullptr)
        context_.metrics->count(response().route, known ? http::name_of(request->method) : "other",
                                response().status, elapsed);
    if (context_.access_log == AccessLog::off) return;
    AccessLogEntry entry;
    entry.address = peer_name();
    if (known) {
        if (const PeerAddress client = client_of(*request)) entry.address = client->to_string();
        entry.method = http::name_of(request->method);
        entry.path = path_without_tokens(request->target);
    }
    entry.status = response().status;
    entry.body_bytes = body_bytes;
    entry.took = std::chrono::duration_cast<std::chrono::microseconds>(elapsed);
    entry.request_id =
        known ? request->request_id : std::string_view(request_id_.data(), request_id_.size());
    log().write(LogLevel::info, context_.access_log == AccessLog::text
                                    ? to_text(entry)
                                    : to_json(entry, std::chrono::system_clock::now()));
}

void HttpConnection::name_request(Request& request) {
    if (request.request_id.empty()) request.request_id = new_request_id();
}

// Sixteen hexadecimal digits, from a random one on. Each thread asks for randomness once: that may
// take longer than all else that a new connection costs.
std::string_view HttpConnection::new_request_id() {
    thread_local std::uint64_t next = random_number();
    std::uint64_t rest = next++;
    for (auto digit = request_id_.rbegin(); digit != request_id_.rend(); ++digit, rest /= 16)
        *digit = "0123456789abcdef"[rest % 16];
    return {request_id_.data(), request_id_.size()};
}

}  // namespace roster::server
