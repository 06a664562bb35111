#pragma once

// The deadlines of all connections of an I/O thread, on one timer: one of each connection would be
// set, for most of them in vain, with a system call, and takes three times as much memory.
// Knows no connection and no protocol.

#include "server/net/socket.hpp"

#include <boost/asio/execution_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/set.hpp>

#include <chrono>

namespace roster::server {

class Deadlines;

/// Ends what a socket waits for at its deadline. One that was set for an earlier deadline is left
/// alone, and looks again when that comes: a connection sets it once a minute, not once a request.
/// Threads: that of the socket.
class Alarm : public boost::intrusive::set_base_hook<> {
  public:
    using Clock = std::chrono::steady_clock;

    /// Lifetime: the socket outlives it.
    explicit Alarm(Socket& socket);
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;
    ~Alarm() { cancel(); }

    void begin(Clock::time_point deadline);
    void end() noexcept { is_waiting_ = false; }
    /// Of the last wait.
    bool went_off() const noexcept { return went_off_; }
    void cancel();

    bool operator<(const Alarm& other) const noexcept { return set_for_ < other.set_for_; }

  private:
    friend class Deadlines;

    void look(Clock::time_point now);

    Socket& socket_;
    Deadlines& deadlines_;
    Clock::time_point deadline_;
    Clock::time_point set_for_;
    bool is_waiting_ = false;
    bool went_off_ = false;
};

/// One for each I/O thread's context.
class Deadlines final : public boost::asio::execution_context::service {
  public:
    inline static boost::asio::execution_context::id id;

    /// Requires: `context` is an `io_context`.
    explicit Deadlines(boost::asio::execution_context& context);

  private:
    friend class Alarm;

    void shutdown() override {}
    void set(Alarm& alarm);
    void forget(Alarm& alarm);
    void arm();
    void look();

    boost::asio::steady_timer timer_;
    bool is_armed_ = false;
    Alarm::Clock::time_point armed_for_;
    boost::intrusive::multiset<Alarm> alarms_;
};

}  // namespace roster::server
