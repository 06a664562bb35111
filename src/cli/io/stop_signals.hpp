#pragma once

// SIGINT and SIGTERM stop the server, gracefully at first. Knows the Server interface only.

#include <roster/server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <memory>
#include <mutex>
#include <thread>

namespace roster::cli {

/// Catches the signals from construction to destruction; one that comes before `forward_to` waits
/// for it. The first one begins a graceful stop, the second ends the server at once, the third
/// ends the process as if nobody caught it. SIGHUP is logged and does nothing. Afterwards the
/// calling thread lets SIGINT and SIGTERM wait, so that one that comes late does not spoil the exit
/// code: to be destroyed when every other thread has ended.
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
