#include "cli/io/process.hpp"

#include <sys/resource.h>

#include <csignal>

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

}  // namespace roster::cli
