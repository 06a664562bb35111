#include "server/classic/classic_connection.hpp"

#include "core/time.hpp"
#include "protocol/classic/encoder.hpp"
#include "server/net/spare_buffers.hpp"

#include <roster/log.hpp>

#include <chrono>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace roster::server {

namespace asio = boost::asio;
namespace classic = protocol::classic;

namespace {

// Requests that hash a password or write.
bool takes_long(const classic::ClassicRequest& request) {
    return request.method == classic::Method::post || request.method == classic::Method::put;
}

classic::ProtocolError error_for(ConnectionRefusal why) {
    switch (why) {
        case ConnectionRefusal::overloaded:
            return {503, "Service unavailable: too many connections; try again in a moment"};
        case ConnectionRefusal::stopping:
            return {503, "Service unavailable: the server is stopping"};
        case ConnectionRefusal::timed_out:
        case ConnectionRefusal::not_tls: break;
    }
    return {408, "Request timeout: the request did not arrive whole in time"};
}

void give_back(std::string& body) noexcept {
    wipe(body.data(), body.size());
    SpareBuffers::of_this_thread().take_back(body);
}

}  // namespace

ClassicConnection::ClassicConnection(asio::io_context& io, Descriptor socket,
                                     const PeerAddress& peer, const ClassicContext& context)
    : Connection(io, std::move(socket), peer, context.table, context.limits,
                 context.limits.classic_idle, context.log, "classic"),
      handlers_(context.handlers),
      decoder_(request_limits(context.limits)),
      login_(accounts::ClientInfo(Channel::classic, peer)) {}

asio::awaitable<bool> ClassicConnection::answer_requests() {
    while (auto request = decoder_.next()) {
        if (begin_request(takes_long(*request))) {
            const bool flushed = co_await flush();
            if (!flushed) co_return false;
        }
        const bool head = request->method == classic::Method::head;
        const bool keep_alive = request->keep_alive;
        ClassicResponse response;
        const bool is_answered = answer_now(*request, response);
        if (!is_answered) {
            set_busy();
            ClassicResponse awaited = co_await answer(std::move(*request));
            response = std::move(awaited);
        }
        if (!make_room(response.body.size() + (login_.rest ? SpooledBody::kPartBytes : 0))) {
            login_.rest.reset();
            response =
                error_response({503, "Service unavailable: too many long answers wait to be read"});
        }
        response.head = head;
        response.keep_alive = response.keep_alive && keep_alive && !is_closing();
        append(response);
        if (is_answered) give_back(response.body);
        if (login_.rest) {
            const bool is_whole = co_await send_rest(std::move(login_.rest));
            if (!is_whole) co_return false;
        }
        if (!response.keep_alive) {
            co_await send_last();
            co_return false;
        }
        if (end_request(std::chrono::steady_clock::now())) {
            const bool flushed = co_await flush();
            if (!flushed) co_return false;
        }
    }
    if (decoder_.take_continue()) unsent_ += "HTTP/1.1 100 Continue\r\n\r\n";
    co_return true;
}

// What goes wrong goes wrong again in `answer`, which says what.
bool ClassicConnection::answer_now(const ClassicRequest& request, ClassicResponse& response) {
    SpareBuffers::of_this_thread().lend(response.body);
    try {
        if (handlers_.answer_now(login_, request, response)) return true;
    } catch (const std::exception&) {
        // Once more by `answer`.
    }
    give_back(response.body);
    return false;
}

asio::awaitable<ClassicConnection::ClassicResponse> ClassicConnection::answer(
    ClassicRequest request) {
    std::string what;
    bool is_short_of_memory = false;
    try {
        ClassicResponse response = co_await handlers_.answer(login_, std::move(request));
        co_return response;
    } catch (const std::bad_alloc&) {
        is_short_of_memory = true;
    } catch (const std::exception& e) {
        what = e.what();
    }
    if (is_short_of_memory) {
        ClassicResponse response =
            error_response({503, "Service unavailable: memory is short; try again in a moment"});
        co_return response;
    }
    log().error("classic {}: a request failed: {}", peer_name(), what);
    ClassicResponse response;
    response.status = 500;
    response.body = "Internal Server Error";
    response.keep_alive = false;
    co_return response;
}

// Each part is sent before the next one is read, so that a slow reader takes no memory.
asio::awaitable<bool> ClassicConnection::send_rest(std::unique_ptr<SpooledBody> rest) {
    for (std::uint64_t left = rest->size_bytes(); left != 0;) {
        const bool sent = co_await flush();
        if (!sent) co_return false;
        const auto part = co_await rest->next();
        if (!part || part->empty()) {
            log().error("classic {}: an answer is cut: {}", peer_name(),
                        part ? "its file is too short" : part.error().message());
            cut();
            co_return false;
        }
        unsent_ += *part;
        left -= part->size();
    }
    co_return true;
}

void ClassicConnection::append(const ClassicResponse& response) {
    const auto now = wall_second();
    classic::encode(response, now, unsent_);
}

void ClassicConnection::append_refusal(ConnectionRefusal why) {
    ClassicResponse response = error_response(error_for(why));
    response.keep_alive = false;
    append(response);
}

}  // namespace roster::server
