#include "bench/storage/child.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace roster::bench {
namespace {

constexpr unsigned kLongestTurnSeconds = 600;

volatile std::sig_atomic_t interrupted = 0;

extern "C" void note_interrupt(int) {
    interrupted = 1;
}

// Without SA_RESTART: a read from the child must end, so that the stores are removed.
void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = note_interrupt;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

void write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0) _exit(1);
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

[[noreturn]] void be_the_child(int out, const std::function<void(Samples&)>& work) {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(kLongestTurnSeconds);
    try {
        Samples samples;
        work(samples);
        std::ostringstream text;
        samples.write(text);
        write_all(out, text.str());
    } catch (const std::exception& e) {
        std::cerr << "roster_storage_bench: " << e.what() << '\n';
        _exit(1);
    }
    _exit(0);
}

std::string read_to_the_end(int in) {
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t count = ::read(in, buffer.data(), buffer.size());
        if (count == 0 || interrupted != 0) return text;
        if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

void wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (interrupted != 0) throw std::runtime_error("interrupted");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw std::runtime_error("a measurement failed");
}

}  // namespace

Samples run_in_child(const std::function<void(Samples&)>& work) {
    catch_interrupts();
    std::array<int, 2> pipe_ends{};
    if (pipe(pipe_ends.data()) != 0) throw std::system_error(errno, std::generic_category());
    const pid_t child = fork();
    if (child < 0) throw std::system_error(errno, std::generic_category());
    if (child == 0) be_the_child(pipe_ends[1], work);
    close(pipe_ends[1]);
    std::istringstream text(read_to_the_end(pipe_ends[0]));
    close(pipe_ends[0]);
    if (interrupted != 0) kill(child, SIGKILL);
    wait_for(child);
    Samples samples;
    samples.read(text);
    return samples;
}

}  // namespace roster::bench
