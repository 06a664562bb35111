#include "cli/io/process.hpp"

#include <roster/log.hpp>

#include <sys/resource.h>

#include <csignal>
#include <string_view>
#include <utility>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

// The leak sanitizer traces its own process, which an undumpable one forbids.
#if defined(__SANITIZE_ADDRESS__)
#define ROSTER_IS_TRACED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ROSTER_IS_TRACED 1
#endif
#endif

namespace roster::cli {
namespace {

std::string_view name_of(int signal) noexcept {
    return signal == SIGINT ? "SIGINT" : "SIGTERM";
}

}  // namespace

void forbid_core_dumps() noexcept {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
#if defined(__linux__) && !defined(ROSTER_IS_TRACED)
    // The limit does not hold where the kernel pipes cores into a program.
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void raise_open_file_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

void survive_hangups() noexcept {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
}

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
