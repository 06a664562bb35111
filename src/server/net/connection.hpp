#pragma once

// What the connections of all protocols do in the same way: they read with a deadline for each
// phase of a request, write what has gathered, and end so that the peer can read the last response.
// Knows no protocol: one is derived from it.

#include <roster/server.hpp>

#include "protocol/request_limits.hpp"
#include "server/net/connection_table.hpp"
#include "server/net/timed_stream.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace roster::server {

protocol::RequestLimits request_limits(const ServerLimits& limits);

/// Why a connection ends with a response that answers no request.
enum class ConnectionRefusal {
    /// There are too many.
    overloaded,
    /// The server stops.
    stopping,
    /// A request did not arrive whole in time.
    timed_out,
    /// The listener speaks TLS, the peer does not.
    not_tls,
};

/// Threads: that of the context; `request_close` is called from any.
class Connection : public Evictable, public std::enable_shared_from_this<Connection> {
  public:
    /// Serves until the connection ends; throws nothing.
    /// Cancellation: none. A request that has begun is never cancelled; what the table asks for
    /// interrupts the reading only.
    static boost::asio::awaitable<void> serve(std::shared_ptr<Connection> self);

    ~Connection() override { release(); }

    void request_close(CloseReason reason) final;

  protected:
    using Phase = protocol::RequestPhase;
    using Deadline = TimedStream::Deadline;

    /// `idle`: how long it may be between two requests. `protocol`: for the log.
    /// Lifetime: the table and the limits outlive it.
    /// Throws: as of `Socket`.
    Connection(boost::asio::io_context& context, Descriptor socket, const PeerAddress& peer,
               ConnectionTable& table, const ServerLimits& limits, std::chrono::milliseconds idle,
               std::shared_ptr<Log> log, const char* protocol);

    /// Call it before `serve`: the bytes are carried by TLS.
    void use_tls(std::shared_ptr<boost::asio::ssl::context> certificate) {
        certificate_ = std::move(certificate);
    }

    /// Answers the requests that are whole, in order; what it appends is sent. False: the
    /// connection is at its end.
    virtual boost::asio::awaitable<bool> answer_requests() = 0;
    /// Appends a response to no request.
    virtual void append_refusal(ConnectionRefusal why) = 0;

    // The decoder.
    virtual Phase phase() const = 0;
    virtual std::size_t announced_body_bytes() const = 0;
    /// Lifetime: the bytes are gone when it returns.
    virtual void feed(std::string_view bytes) = 0;
    /// The peer has finished sending.
    virtual void end() {}
    virtual bool awaits_silence() const { return false; }
    virtual void silence() {}

    /// Call it before anything is waited for with a request under way: the connection must not be
    /// evicted.
    void set_busy() { slot_->busy(); }
    /// Call it before a request is answered. `takes_long`: the responses before are sent first.
    /// True: `flush` before.
    [[nodiscard]] bool begin_request(bool takes_long);
    /// Call it when a response is appended, with the time. True: `flush` before the next one.
    [[nodiscard]] bool end_request(Deadline now);
    /// Sends the last response, and what was appended before it; nothing can be sent after it.
    /// `was_last_request`: the peer has said that it sends no other.
    boost::asio::awaitable<void> send_last(bool was_last_request = false);
    /// Call it before a response is appended that may be long, with what it takes of the memory
    /// until it is sent. False: too much waits already, in all connections, or memory is short.
    bool make_room(std::size_t bytes);
    /// Sends what was appended. False: the peer does not read its responses, or is gone.
    boost::asio::awaitable<bool> flush();
    /// Ends the connection at once, in the middle of a response.
    void cut() { stream_.reset(); }

    bool is_closing() const noexcept { return close_reason_ != CloseReason::none; }
    const PeerAddress& peer() const noexcept { return peer_; }
    /// For the log: the address, or "local".
    std::string peer_name() const { return peer_ ? peer_->to_string() : "local"; }
    const ServerLimits& limits() const noexcept { return limits_; }
    Log& log() const noexcept { return *log_; }

    /// Responses that were not sent yet.
    std::string unsent_;

  private:
    /// What comes after a request, or after a wait for bytes of one.
    enum class Next { answer, wait, refuse_overload, refuse_slowness, close };

    boost::asio::awaitable<bool> begin();
    boost::asio::awaitable<bool> start_tls();
    Next begin_wait();
    Next end_wait(const TimedStream::Read& read);
    std::size_t flush_now();
    boost::asio::awaitable<bool> flush_rest(std::size_t written);
    void forget_sent();
    boost::asio::awaitable<void> refuse(ConnectionRefusal why);
    boost::asio::awaitable<void> linger();
    void take(std::size_t bytes);
    bool claim(std::size_t bytes) noexcept;
    void release() noexcept {
        if (claimed_bytes_ != 0) table_.release_unsent(std::exchange(claimed_bytes_, 0));
    }
    void note_phase();
    Deadline phase_deadline() const;

    TimedStream stream_;
    const PeerAddress peer_;
    ConnectionTable& table_;
    const ServerLimits& limits_;
    const std::chrono::milliseconds idle_;
    const std::shared_ptr<Log> log_;
    const char* const protocol_;
    /// Until TLS has begun, if it is used.
    std::shared_ptr<boost::asio::ssl::context> certificate_;
    std::size_t unsent_responses_ = 0;
    // Of the table's count.
    std::size_t claimed_bytes_ = 0;
    bool peer_finished_ = false;
    bool had_request_ = false;
    /// Since the wait that was begun last.
    bool has_answered_ = false;
    Phase phase_ = Phase::idle;
    Deadline phase_since_ = std::chrono::steady_clock::now();
    /// Of the wait that was begun last.
    Deadline wait_until_;
    bool listens_for_silence_ = false;
    CloseReason close_reason_ = CloseReason::none;
    /// From the beginning of `serve` to its end: another thread must not find a connection that is
    /// half constructed.
    std::optional<ConnectionTable::Slot> slot_;
};

}  // namespace roster::server
