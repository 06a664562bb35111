#pragma once

// What the program asks of the system, and the signals that stop a server. Knows the Server
// interface only.

#include <roster/server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <memory>
#include <mutex>
#include <thread>

namespace roster::cli {

/// No core files: memory holds password hashes, and for moments passwords.
void forbid_core_dumps() noexcept;

/// As many open files as the system lets us have.
void raise_open_file_limit() noexcept;

/// A peer or a reader of the log that goes away, and a terminal that is closed, end nothing.
void survive_hangups() noexcept;

/// Catches the signals from construction to destruction; one before `forward_to` waits for it. The
/// first begins a graceful stop, the second stops the server at once, the third ends the process as
/// if it were not caught. SIGHUP is logged and does nothing. After destruction SIGINT and SIGTERM
/// stay blocked in the calling thread, so that a late one does not change the exit code: destroy it
/// after every other thread has ended.
///
/// Threads: one for the calls, and one of its own.
class StopSignals {
  public:
    explicit StopSignals(std::shared_ptr<Log> log);
    ~StopSignals();

    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// Requires: called once. Lifetime: of the server, up to `forget_server`.
    void forward_to(Server& server);
    /// The server has stopped.
    void forget_server();

  private:
    void await_stop(int earlier);
    void stop_server();
    void await_hangup();

    std::shared_ptr<Log> log_;
    boost::asio::io_context context_{1};
    boost::asio::signal_set stop_;
    boost::asio::signal_set hangup_;
    std::mutex mutex_;
    // Guarded by mutex_.
    Server* server_ = nullptr;
    std::thread thread_;
};

}  // namespace roster::cli
