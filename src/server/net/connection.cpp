#include "server/net/connection.hpp"

#include "server/net/spare_buffers.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <roster/log.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <span>
#include <utility>

namespace roster::server {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

// Responses are written once this many bytes have gathered.
constexpr std::size_t kFlushBytes = 64 * 1024;

// Where the connections of a thread read to, so that an idle one has no memory for it. What is read
// is taken before anything is waited for.
std::span<char> incoming() noexcept {
    constexpr std::size_t kBytes = 16 * 1024;
    thread_local std::array<char, kBytes> bytes;
    return bytes;
}

// What waits beyond this counts for the cap of all connections.
constexpr std::size_t kUncountedBytes = 16 * 1024;

// How long a client may take to read its last response and close; the short one if others wait for
// its slot or for the end of the server.
constexpr std::chrono::seconds kLinger{5};
constexpr std::chrono::seconds kShortLinger{1};

}  // namespace

protocol::RequestLimits request_limits(const ServerLimits& limits) {
    protocol::RequestLimits decoder;
    decoder.request_line_bytes = limits.request_line_bytes;
    decoder.head_bytes = limits.head_bytes;
    decoder.headers = limits.headers;
    decoder.body_bytes = limits.body_bytes;
    return decoder;
}

Connection::Connection(asio::io_context& context, Descriptor socket, const PeerAddress& peer,
                       ConnectionTable& table, const ServerLimits& limits,
                       std::chrono::milliseconds idle, std::shared_ptr<Log> log,
                       const char* protocol)
    : stream_(context, std::move(socket)),
      peer_(peer),
      table_(table),
      limits_(limits),
      idle_(idle),
      log_(std::move(log)),
      protocol_(protocol) {}

// One coroutine for all that an idle connection waits for: it holds its frame.
asio::awaitable<void> Connection::serve(std::shared_ptr<Connection> self) {
    // A request that has begun runs to its end: a write that was cancelled in the middle might be
    // applied without anybody knowing. Eviction and a stop interrupt the reading instead.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    TimedStream& stream = self->stream_;
    try {
        bool goes_on = co_await self->begin();
        while (goes_on) {
            goes_on = co_await self->answer_requests();
            if (goes_on && !self->unsent_.empty()) {
                const std::size_t written = self->flush_now();
                if (!self->unsent_.empty()) goes_on = co_await self->flush_rest(written);
                self->release();
            }
            if (!goes_on || self->peer_finished_) break;
            Next next = self->begin_wait();
            if (next == Next::wait && !stream.has_tls()) {
                const auto waited = co_await stream.begin_read(self->wait_until_);
                next = self->end_wait(stream.end_read(waited, incoming()));
            } else if (next == Next::wait) {
                const TimedStream::Read read =
                    co_await stream.read_some(incoming(), self->wait_until_);
                next = self->end_wait(read);
            }
            if (next == Next::refuse_overload) co_await self->refuse(ConnectionRefusal::overloaded);
            if (next == Next::refuse_slowness) co_await self->refuse(ConnectionRefusal::timed_out);
            goes_on = next == Next::answer;
        }
        stream.end_tls();
    } catch (const std::exception& e) {
        self->log_->error("{} {}: connection ended by an exception: {}", self->protocol_,
                          self->peer_name(), e.what());
    }
    stream.close();
    self->slot_.reset();
}

// False: the connection is at its end.
asio::awaitable<bool> Connection::begin() {
    slot_.emplace(table_, *this, peer_);
    if (slot_->admitted()) {
        if (!certificate_) co_return true;
        const bool has_begun = co_await start_tls();
        co_return has_begun;
    }
    // A handshake is too much work for that.
    if (certificate_) co_return false;
    co_await refuse(table_.is_closing() ? ConnectionRefusal::stopping
                                        : ConnectionRefusal::overloaded);
    co_return false;
}

// False: the connection is at its end.
asio::awaitable<bool> Connection::start_tls() {
    slot_->idle(phase_since_);
    const IoOutcome outcome =
        co_await stream_.start_tls(std::move(certificate_), phase_since_ + limits_.head_deadline);
    certificate_.reset();
    if (outcome == IoOutcome::not_tls) co_await refuse(ConnectionRefusal::not_tls);
    phase_since_ = steady_clock::now();
    co_return outcome == IoOutcome::done;
}

bool Connection::begin_request(bool takes_long) {
    had_request_ = true;
    // What the responses before have claimed was sent.
    if (unsent_.empty()) {
        release();
        SpareBuffers::of_this_thread().lend(unsent_);
    }
    return takes_long || unsent_responses_ >= limits_.pipelined_requests;
}

bool Connection::end_request(Deadline now) {
    ++unsent_responses_;
    has_answered_ = true;
    phase_since_ = now;
    return unsent_.size() >= kFlushBytes;
}

asio::awaitable<void> Connection::send_last(bool was_last_request) {
    const bool flushed = co_await flush();
    release();
    if (!flushed) co_return;
    if (was_last_request && !stream_.has_tls()) {
        std::array<char, 1> more;
        if (stream_.read_now(more) == 0) co_return;
    }
    co_await linger();
}

// Before the wait for news for the decoder. No coroutine, as `end_wait`: idle connections would
// hold its frame.
Connection::Next Connection::begin_wait() {
    slot_->idle(phase_since_, std::exchange(has_answered_, false));
    note_phase();
    if (close_reason_ == CloseReason::aborted) return Next::close;
    const bool between_requests = phase_ == Phase::idle;
    if (close_reason_ == CloseReason::evicted && !between_requests) return Next::refuse_overload;
    // Much of what is accepted under load has sent its first request already: it needs no wait.
    // What follows it does: other connections get a turn. A connection that has to close between
    // two requests is read once more: another request may have arrived already.
    if (between_requests && (!had_request_ || is_closing())) {
        const std::size_t bytes = stream_.read_now(incoming());
        if (bytes != 0) {
            take(bytes);
            return Next::answer;
        }
    }
    wait_until_ = is_closing() && between_requests ? phase_since_ : phase_deadline();
    listens_for_silence_ = false;
    if (!awaits_silence()) return Next::wait;
    const Deadline silence_at = steady_clock::now() + limits_.classic_silence;
    listens_for_silence_ = silence_at < wait_until_;
    if (listens_for_silence_) wait_until_ = silence_at;
    return Next::wait;
}

Connection::Next Connection::end_wait(const TimedStream::Read& read) {
    switch (read.outcome) {
        case IoOutcome::done: take(read.bytes); return Next::answer;
        case IoOutcome::end_of_stream:
            end();
            peer_finished_ = true;
            return Next::answer;
        case IoOutcome::interrupted: return Next::answer;
        case IoOutcome::failed:
        case IoOutcome::not_tls: return Next::close;
        case IoOutcome::timed_out: break;
    }
    if (listens_for_silence_) {
        silence();
        return Next::answer;
    }
    return phase_ == Phase::idle ? Next::close : Next::refuse_slowness;
}

void Connection::take(std::size_t bytes) {
    const auto taken = incoming().first(bytes);
    feed({taken.data(), taken.size()});
    wipe(taken.data(), taken.size());
}

void Connection::note_phase() {
    if (phase_ == phase()) return;
    phase_ = phase();
    phase_since_ = steady_clock::now();
}

Connection::Deadline Connection::phase_deadline() const {
    switch (phase_) {
        case Phase::idle: return phase_since_ + (had_request_ ? idle_ : limits_.head_deadline);
        case Phase::head: return phase_since_ + limits_.head_deadline;
        case Phase::body: break;
    }
    const auto per_8_kib = std::chrono::seconds(announced_body_bytes() / (8 * 1024));
    return phase_since_ + limits_.body_deadline + per_8_kib;
}

bool Connection::make_room(std::size_t bytes) {
    if (bytes <= kUncountedBytes) return true;
    if (!claim(bytes)) return false;
    try {
        unsent_.reserve(unsent_.size() + bytes + kUncountedBytes);
        return true;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

bool Connection::claim(std::size_t bytes) noexcept {
    if (!table_.claim_unsent(bytes)) return false;
    claimed_bytes_ += bytes;
    return true;
}

asio::awaitable<bool> Connection::flush() {
    const std::size_t written = flush_now();
    if (unsent_.empty()) co_return true;
    const bool flushed = co_await flush_rest(written);
    co_return flushed;
}

// Sends what can be sent without waiting, and returns how much that was. It mostly is all: then
// nothing is left. No coroutine: most requests would pay for it.
std::size_t Connection::flush_now() {
    // The buffer that was lent for the next response stays.
    if (unsent_.empty()) return 0;
    const std::size_t written = stream_.write_now(unsent_);
    if (written == unsent_.size()) forget_sent();
    return written;
}

// What is claimed stays so until the response is sent to its end.
asio::awaitable<bool> Connection::flush_rest(std::size_t written) {
    set_busy();
    const bool counts = unsent_.size() > claimed_bytes_ + kUncountedBytes;
    if (counts && !claim(unsent_.size() - claimed_bytes_)) {
        log_->warn("{} {}: cut: too much waits to be read in all connections", protocol_,
                   peer_name());
        stream_.reset();
        co_return false;
    }
    std::string_view rest = unsent_;
    rest.remove_prefix(written);
    const IoOutcome outcome = co_await stream_.write(rest, limits_.write_deadline);
    forget_sent();
    if (outcome != IoOutcome::done) {
        stream_.reset();
        co_return false;
    }
    // Until now the client was reading, not idle.
    if (has_answered_) phase_since_ = steady_clock::now();
    co_return true;
}

void Connection::forget_sent() {
    wipe(unsent_.data(), unsent_.size());
    unsent_responses_ = 0;
    if (unsent_.capacity() > 2 * kFlushBytes)
        std::string().swap(unsent_);
    else
        SpareBuffers::of_this_thread().take_back(unsent_);
}

asio::awaitable<void> Connection::refuse(ConnectionRefusal why) {
    append_refusal(why);
    co_await send_last();
}

// Closing with bytes unread would lose the last response (RFC 9112 §9.6).
asio::awaitable<void> Connection::linger() {
    const auto now = steady_clock::now();
    slot_->idle(now);
    const bool others_wait = is_closing() || !slot_->admitted();
    const Deadline deadline = now + (others_wait ? kShortLinger : kLinger);
    stream_.shutdown_send();
    while (!peer_finished_ && close_reason_ != CloseReason::aborted &&
           steady_clock::now() < deadline) {
        const TimedStream::Read read = co_await stream_.read_some(incoming(), deadline);
        if (read.outcome != IoOutcome::done) co_return;
        wipe(incoming().data(), read.bytes);
    }
}

void Connection::request_close(CloseReason reason) {
    asio::post(stream_.context(), [weak = weak_from_this(), reason] {
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
