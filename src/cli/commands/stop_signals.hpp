#pragma once

// What the signals of the system do with a server. Knows no command.

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

namespace roster {
class AuditLog;
class Log;
class Server;
}  // namespace roster

namespace roster::cli {

class ServiceManager;

/// Catches the signals from construction to destruction: before anything that takes long, because
/// the first process of a container gets none otherwise. The first begins a graceful stop, the
/// second stops the server at once, the third ends the process as if it were not caught. SIGHUP
/// opens the audit log again and reads the certificate again. After destruction SIGINT and SIGTERM
/// stay blocked in the calling thread, so that a late one does not change the exit code: destroy it
/// after every other thread has ended.
///
/// The service manager is told of each, and that the server is alive.
class StopSignals {
  public:
    StopSignals(std::shared_ptr<Log> log, const ServiceManager& manager);
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    bool is_stopping() const noexcept { return is_stopping_; }

    /// Lifetime: of both, up to `forget`; the server ends before this.
    void forward_to(Server& server, AuditLog& audit);
    void forget();

  private:
    void await_stop(bool is_stopping);
    void await_hangup();
    void await_watchdog(std::chrono::microseconds pause);

    std::shared_ptr<Log> log_;
    const ServiceManager& manager_;
    boost::asio::io_context context_{1};
    boost::asio::signal_set stop_;
    boost::asio::signal_set hangup_;
    boost::asio::steady_timer watchdog_;
    std::mutex mutex_;
    // Guarded by mutex_.
    Server* server_ = nullptr;
    AuditLog* audit_ = nullptr;
    std::atomic<bool> is_stopping_ = false;
    // Every I/O thread has answered since the service manager was told last.
    std::atomic<bool> is_alive_ = false;
    std::thread thread_;
};

/// A peer or a reader of the log that goes away, and a terminal that is closed, end nothing.
void survive_hangups() noexcept;

}  // namespace roster::cli
