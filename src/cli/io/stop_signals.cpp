#include "cli/io/stop_signals.hpp"

#include <roster/log.hpp>

#include <csignal>
#include <string_view>
#include <utility>

namespace roster::cli {
namespace {

std::string_view name_of(int signal) noexcept {
    return signal == SIGINT ? "SIGINT" : "SIGTERM";
}

}  // namespace

StopSignals::StopSignals(std::shared_ptr<Log> log)
    : log_(std::move(log)), stop_(context_, SIGINT, SIGTERM), hangup_(context_, SIGHUP) {}

StopSignals::~StopSignals() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
    sigset_t late;
    sigemptyset(&late);
    sigaddset(&late, SIGINT);
    sigaddset(&late, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &late, nullptr);
}

void StopSignals::forward_to(Server& server) {
    server_ = &server;
    await_stop(0);
    await_hangup();
    thread_ = std::thread([this] { context_.run(); });
}

void StopSignals::await_stop(int earlier) {
    stop_.async_wait([this, earlier](const boost::system::error_code& error, int signal) {
        if (error) return;
        if (earlier == 0) {
            log_->info("{}: stopping; once more to stop at once", name_of(signal));
            await_stop(earlier + 1);
        } else {
            log_->warn("{} again: stopping at once", name_of(signal));
            stop_.clear();
        }
        stop_server();
    });
}

void StopSignals::stop_server() {
    const std::lock_guard lock(mutex_);
    if (server_ != nullptr) server_->stop();
}

void StopSignals::forget_server() {
    const std::lock_guard lock(mutex_);
    server_ = nullptr;
}

void StopSignals::await_hangup() {
    hangup_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) return;
        log_->info("SIGHUP is ignored");
        await_hangup();
    });
}

}  // namespace roster::cli
