#include "cli/io/process_limits.hpp"

#include <roster/error.hpp>

#include <sys/mman.h>
#include <sys/resource.h>

#include <exception>
#include <latch>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace roster::cli {
namespace {

// Memory that is beside the threads' own, while it lives.
class Margin {
  public:
    Margin() : begin_(::mmap(nullptr, kBytes, PROT_NONE, kFlags, -1, 0)) {
        if (begin_ == MAP_FAILED) throw std::bad_alloc();
    }
    Margin(const Margin&) = delete;
    Margin& operator=(const Margin&) = delete;
    ~Margin() { ::munmap(begin_, kBytes); }

  private:
    static constexpr std::size_t kBytes = std::size_t{64} * 1024 * 1024;
    static constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;

    void* begin_;
};

}  // namespace

void require_threads(std::size_t count) {
    std::latch end(1);
    std::vector<std::jthread> threads;
    std::string problem;
    try {
        const Margin margin;
        threads.reserve(count);
        while (threads.size() < count)
            threads.emplace_back([&end] { end.wait(); });
    } catch (const std::exception& error) {
        problem = error.what();
    }
    end.count_down();
    if (problem.empty()) return;
    throw StartupError(Errc::overloaded,
                       "only " + std::to_string(threads.size()) + " of " + std::to_string(count) +
                           " threads can be started (" + problem +
                           "); raise the limit on threads or on memory: ulimit -u and -v, "
                           "TasksMax= and MemoryMax= of systemd, or that of the container");
}

void raise_open_file_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace roster::cli
