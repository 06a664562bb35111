#include "cli/commands/stop_signals.hpp"

#include <roster/audit.hpp>
#include <roster/log.hpp>
#include <roster/server.hpp>

#include "cli/io/service_manager.hpp"

#include <csignal>
#include <string_view>
#include <utility>

namespace roster::cli {

StopSignals::StopSignals(std::shared_ptr<Log> log, const ServiceManager& manager)
    : log_(std::move(log)),
      manager_(manager),
      stop_(context_, SIGINT, SIGTERM),
      hangup_(context_, SIGHUP),
      watchdog_(context_) {
    await_stop(false);
    await_hangup();
    if (const auto interval = manager_.watchdog()) await_watchdog(*interval / 2);
    thread_ = std::thread([this] { context_.run(); });
}

StopSignals::~StopSignals() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
    sigset_t late;
    sigemptyset(&late);
    sigaddset(&late, SIGINT);
    sigaddset(&late, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &late, nullptr);
}

void StopSignals::forward_to(Server& server, AuditLog& audit) {
    const std::lock_guard lock(mutex_);
    server_ = &server;
    audit_ = &audit;
    if (is_stopping_) server.stop();
}

void StopSignals::forget() {
    const std::lock_guard lock(mutex_);
    server_ = nullptr;
    audit_ = nullptr;
}

void StopSignals::await_stop(bool is_stopping) {
    stop_.async_wait([this, is_stopping](const boost::system::error_code& error, int signal) {
        if (error) return;
        const std::string_view name = signal == SIGINT ? "SIGINT" : "SIGTERM";
        if (is_stopping) {
            log_->warn("{} again: stopping at once", name);
            stop_.clear();
        } else {
            log_->info("{}: stopping; once more to stop at once", name);
            manager_.tell("STOPPING=1\nSTATUS=Stopping");
            await_stop(true);
        }
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        if (server_ != nullptr) server_->stop();
    });
}

void StopSignals::await_hangup() {
    hangup_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        log_->info("SIGHUP: the audit log is opened again");
        await_hangup();
        const std::lock_guard lock(mutex_);
        if (server_ == nullptr) return;
        const bool is_told = !is_stopping_;
        if (is_told) manager_.tell_reloading();
        audit_->reopen();
        server_->reload_certificate();
        if (is_told) manager_.tell("READY=1");
    });
}

// One that does not answer is told of no more, and the service manager ends the server.
void StopSignals::await_watchdog(std::chrono::microseconds pause) {
    watchdog_.expires_after(pause);
    watchdog_.async_wait([this, pause](const boost::system::error_code& error) {
        if (error) return;
        if (is_alive_.exchange(false)) manager_.tell("WATCHDOG=1");
        {
            const std::lock_guard lock(mutex_);
            if (server_ != nullptr) server_->ask_threads([this] { is_alive_ = true; });
        }
        await_watchdog(pause);
    });
}

void survive_hangups() noexcept {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
}

}  // namespace roster::cli
