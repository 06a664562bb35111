#include "server/classic/classic_connection.hpp"

#include "protocol/classic/encoder.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <roster/log.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace roster::server {

namespace asio = boost::asio;
namespace classic = protocol::classic;
using std::chrono::steady_clock;

namespace {

// Responses are written once this many bytes have gathered.
constexpr std::size_t kFlushBytes = 64 * 1024;

// How long a client may take to read its last response and close; the short one if others wait for
// its slot or for the end of the server.
constexpr std::chrono::seconds kLinger{5};
constexpr std::chrono::seconds kShortLinger{1};

protocol::RequestLimits decoder_limits(const ServerLimits& limits) {
    protocol::RequestLimits decoder;
    decoder.request_line_bytes = limits.request_line_bytes;
    decoder.head_bytes = limits.head_bytes;
    decoder.headers = limits.headers;
    decoder.body_bytes = limits.body_bytes;
    return decoder;
}

constexpr const char* kStopping = "Service unavailable: the server is stopping";
constexpr const char* kTooManyConnections =
    "Service unavailable: too many connections; try again in a moment";

// Requests that hash a password or write. The responses before one are sent first.
bool takes_long(const classic::ClassicRequest& request) {
    return request.method == classic::Method::post || request.method == classic::Method::put;
}

}  // namespace

ClassicConnection::ClassicConnection(asio::ip::tcp::socket socket, asio::ip::tcp::endpoint peer,
                                     const ClassicContext& context)
    : stream_(std::move(socket)),
      peer_(std::move(peer)),
      context_(context),
      decoder_(decoder_limits(context.limits)),
      login_(accounts::ClientInfo(Channel::classic, peer_.address())),
      slot_(context.table, *this, peer_.address()) {}

asio::awaitable<void> ClassicConnection::serve(std::shared_ptr<ClassicConnection> self) {
    // A request that has begun runs to its end: a write that was cancelled in the middle might be
    // applied without anybody knowing. Eviction and a stop interrupt the reading instead.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    try {
        co_await self->run();
    } catch (const std::exception& e) {
        self->context_.log->error("classic {}: connection ended by an exception: {}",
                                  self->peer_.address().to_string(), e.what());
    }
    self->stream_.close();
}

asio::awaitable<void> ClassicConnection::run() {
    if (!slot_.admitted()) {
        co_await refuse(503, context_.table.is_closing() ? kStopping : kTooManyConnections);
        co_return;
    }
    for (;;) {
        const bool go_on = co_await answer_requests();
        if (!go_on) co_return;
        const bool received = co_await receive();
        if (!received) co_return;
    }
}

// Answers the requests that are whole, in order. False: the connection is at its end.
asio::awaitable<bool> ClassicConnection::answer_requests() {
    while (auto request = decoder_.next()) {
        slot_.busy();
        had_request_ = true;
        if (takes_long(*request) || unsent_responses_ >= context_.limits.pipelined_requests) {
            const bool flushed = co_await flush();
            if (!flushed) co_return false;
        }
        const bool head = request->method == classic::Method::head;
        const bool keep_alive = request->keep_alive;
        ClassicResponse response = co_await answer(std::move(*request));
        response.head = head;
        response.keep_alive = response.keep_alive && keep_alive && !is_closing();
        const bool last = !response.keep_alive;
        append(std::move(response));
        if (last || unsent_.size() >= kFlushBytes) {
            const bool flushed = co_await flush();
            if (!flushed) co_return false;
        }
        if (last) {
            co_await linger();
            co_return false;
        }
        phase_since_ = steady_clock::now();
    }
    if (decoder_.take_continue()) unsent_ += "HTTP/1.1 100 Continue\r\n\r\n";
    const bool flushed = co_await flush();
    co_return flushed && !peer_finished_;
}

asio::awaitable<ClassicConnection::ClassicResponse> ClassicConnection::answer(
    ClassicRequest request) {
    std::string what;
    try {
        ClassicResponse response = co_await context_.handlers.answer(login_, std::move(request));
        co_return response;
    } catch (const std::exception& e) {
        what = e.what();
    }
    context_.log->error("classic {}: a request failed: {}", peer_.address().to_string(), what);
    ClassicResponse response;
    response.status = 500;
    response.body = "Internal Server Error";
    response.keep_alive = false;
    co_return response;
}

// Waits until there is news for the decoder. False: the connection is at its end.
asio::awaitable<bool> ClassicConnection::receive() {
    slot_.idle();
    note_phase();
    const bool between_requests = phase_ == Decoder::Phase::idle;
    if (close_reason_ == CloseReason::aborted) co_return false;
    if (close_reason_ == CloseReason::evicted && !between_requests) {
        co_await refuse(503, kTooManyConnections);
        co_return false;
    }
    // A connection that has to close between two requests is read once more: another request may
    // have arrived already.
    const Deadline now = steady_clock::now();
    const Deadline deadline = is_closing() && between_requests ? now : phase_deadline();
    const Deadline silence = now + context_.limits.classic_silence;
    const bool listens_for_silence = decoder_.awaits_silence() && silence < deadline;
    const Deadline until = listens_for_silence ? silence : deadline;
    const TimedStream::Read read = co_await stream_.read_some(received_, until);
    switch (read.outcome) {
        case IoOutcome::done:
            decoder_.feed(std::string_view(received_.data(), read.bytes));
            wipe(received_.data(), read.bytes);
            co_return true;
        case IoOutcome::end_of_stream:
            decoder_.end();
            peer_finished_ = true;
            co_return true;
        case IoOutcome::interrupted: co_return true;
        case IoOutcome::failed: co_return false;
        case IoOutcome::timed_out: break;
    }
    if (listens_for_silence) {
        decoder_.silence();
        co_return true;
    }
    if (!between_requests)
        co_await refuse(408, "Request timeout: the request did not arrive whole in time");
    co_return false;
}

void ClassicConnection::note_phase() {
    if (phase_ == decoder_.phase()) return;
    phase_ = decoder_.phase();
    phase_since_ = steady_clock::now();
}

ClassicConnection::Deadline ClassicConnection::phase_deadline() const {
    const ServerLimits& limits = context_.limits;
    switch (phase_) {
        case Decoder::Phase::idle:
            return phase_since_ + (had_request_ ? limits.classic_idle : limits.head_deadline);
        case Decoder::Phase::head: return phase_since_ + limits.head_deadline;
        case Decoder::Phase::body: break;
    }
    const auto per_8_kib = std::chrono::seconds(decoder_.announced_body_bytes() / (8 * 1024));
    return phase_since_ + limits.body_deadline + per_8_kib;
}

void ClassicConnection::append(ClassicResponse response) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    classic::encode(response, now, unsent_);
    ++unsent_responses_;
}

// False: the peer does not read its responses, or is gone.
asio::awaitable<bool> ClassicConnection::flush() {
    if (unsent_.empty()) co_return true;
    const IoOutcome outcome = co_await stream_.write(unsent_, context_.limits.write_deadline);
    unsent_.clear();
    unsent_responses_ = 0;
    if (unsent_.capacity() > 2 * kFlushBytes) unsent_.shrink_to_fit();
    if (outcome == IoOutcome::done) co_return true;
    stream_.reset();
    co_return false;
}

asio::awaitable<void> ClassicConnection::refuse(unsigned status, std::string text) {
    classic::ProtocolError error;
    error.status = status;
    error.text = std::move(text);
    ClassicResponse response = error_response(error);
    response.keep_alive = false;
    append(std::move(response));
    const bool flushed = co_await flush();
    if (flushed) co_await linger();
}

// Closing with bytes unread would lose the last response (RFC 9112 §9.6).
asio::awaitable<void> ClassicConnection::linger() {
    slot_.idle();
    stream_.shutdown_send();
    const bool others_wait = is_closing() || !slot_.admitted();
    const Deadline deadline = steady_clock::now() + (others_wait ? kShortLinger : kLinger);
    while (!peer_finished_ && close_reason_ != CloseReason::aborted) {
        const TimedStream::Read read = co_await stream_.read_some(received_, deadline);
        if (read.outcome != IoOutcome::done) co_return;
        wipe(received_.data(), read.bytes);
    }
}

void ClassicConnection::request_close(CloseReason reason) {
    asio::post(stream_.get_executor(), [weak = weak_from_this(), reason] {
        const auto self = weak.lock();
        if (!self) return;
        self->close_reason_ = std::max(self->close_reason_, reason);
        if (reason == CloseReason::aborted) {
            self->stream_.close();
        } else {
            self->stream_.interrupt();
        }
    });
}

}  // namespace roster::server
