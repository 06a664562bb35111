#include "cli/io/terminal.hpp"

#include "cli/io/exit_code.hpp"
#include "cli/io/line_reader.hpp"
#include "core/files/descriptor.hpp"
#include "core/files/file_system.hpp"
#include "core/text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <optional>
#include <utility>

namespace roster::cli {
namespace {

// A signal handler can reach nothing but a global: the pipe that wakes `wait_readable`.
volatile std::sig_atomic_t g_signal_pipe = -1;

extern "C" void forward_signal(int signal) {
    const int saved_errno = errno;
    const auto byte = static_cast<unsigned char>(signal);
    [[maybe_unused]] const auto written = ::write(g_signal_pipe, &byte, 1);
    errno = saved_errno;
}

// While it lives, the signals that would leave a terminal without echo go to a pipe.
class CaughtSignals {
  public:
    CaughtSignals() {
        if (::pipe(pipe_.data()) != 0) return;
        g_signal_pipe = pipe_[1];
        struct sigaction action {};
        action.sa_handler = forward_signal;
        sigemptyset(&action.sa_mask);
        for (std::size_t i = 0; i < kSignals.size(); ++i) {
            sigaction(kSignals[i], nullptr, &saved_[i]);
            // What the process ignores (nohup) stays ignored.
            if (saved_[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &action, nullptr);
        }
    }
    ~CaughtSignals() {
        if (pipe_[0] < 0) return;
        for (std::size_t i = 0; i < kSignals.size(); ++i)
            sigaction(kSignals[i], &saved_[i], nullptr);
        g_signal_pipe = -1;
        ::close(pipe_[0]);
        ::close(pipe_[1]);
    }
    CaughtSignals(const CaughtSignals&) = delete;
    CaughtSignals& operator=(const CaughtSignals&) = delete;

    bool are_caught() const noexcept { return pipe_[0] >= 0; }
    int descriptor() const noexcept { return pipe_[0]; }

  private:
    static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

    std::array<int, 2> pipe_{-1, -1};
    std::array<struct sigaction, kSignals.size()> saved_{};
};

class EchoOff {
  public:
    explicit EchoOff(int terminal) : terminal_(terminal) {
        if (::tcgetattr(terminal_, &saved_) != 0) return;
        termios silent = saved_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
        is_off_ = ::tcsetattr(terminal_, TCSAFLUSH, &silent) == 0;
    }
    ~EchoOff() {
        if (is_off_) ::tcsetattr(terminal_, TCSADRAIN, &saved_);
    }
    EchoOff(const EchoOff&) = delete;
    EchoOff& operator=(const EchoOff&) = delete;

    bool is_off() const noexcept { return is_off_; }

  private:
    int terminal_;
    termios saved_{};
    bool is_off_ = false;
};

void write_all(int descriptor, std::string_view text) noexcept {
    while (!text.empty()) {
        const auto written = ::write(descriptor, text.data(), text.size());
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

// Waits for input; returns the signal if one came first.
result<std::optional<int>> wait_readable(int terminal, int signals) {
    std::array<pollfd, 2> waited{pollfd{terminal, POLLIN, 0}, pollfd{signals, POLLIN, 0}};
    while (::poll(waited.data(), waited.size(), -1) < 0)
        if (errno != EINTR) return last_error();
    if (waited[1].revents == 0) return std::optional<int>{};
    unsigned char signal = 0;
    if (::read(signals, &signal, 1) != 1) return last_error();
    return std::optional<int>{signal};
}

Descriptor open_terminal() noexcept {
    return Descriptor(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
}

// Returns the line, or the signal that ended it, with the terminal restored.
result<Secret> ask_once(int terminal, std::string_view prompt, std::optional<int>& signal) {
    const CaughtSignals signals;
    if (!signals.are_caught()) return last_error();
    const EchoOff echo(terminal);
    if (!echo.is_off()) return last_error();
    write_all(terminal, prompt);
    const auto ready = wait_readable(terminal, signals.descriptor());
    if (!ready) return ready.error();
    signal = *ready;
    auto line = signal ? result<Secret>(Errc::cancelled) : read_secret_line(terminal);
    write_all(terminal, "\n");
    return line;
}

}  // namespace

result<Secret> ask_secret(std::string_view prompt) {
    const Descriptor terminal = open_terminal();
    if (!terminal.is_open()) return last_error();
    for (;;) {
        std::optional<int> signal;
        auto line = ask_once(terminal.get(), prompt, signal);
        if (!signal) return line;
        std::raise(*signal);
        // Stopped and continued: ask again. Anything else that did not end the process: give up.
        if (*signal != SIGTSTP) return Errc::cancelled;
    }
}

result<Secret> read_secret_line(int descriptor) {
    SecretLine line;
    for (bool is_empty = true;; is_empty = false) {
        char c = 0;
        const auto count = ::read(descriptor, &c, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return last_error();
        if (count == 0 && is_empty) return Errc::cancelled;
        if (count == 0 || c == '\n') break;
        // To the end, also of a line that is too long: its rest is not another answer.
        line.append({&c, 1});
    }
    if (line.is_too_long()) return Errc::password_too_long;
    std::string_view text = line.text();
    if (text.ends_with('\r')) text.remove_suffix(1);
    return Secret(text);
}

result<Secret> read_secret_file(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return last_error();
    return read_secret_line(file.get());
}

namespace {

Secret ask(const std::string& prompt) {
    auto password = ask_secret(prompt);
    if (password) return std::move(*password);
    const auto& why = password.error();
    if (why.category() == error_category()) throw Refused(exit_code(why), why.message());
    throw UsageError("there is no terminal to ask for the password on; use --password-stdin");
}

Secret ask_twice(const std::string& subject) {
    Secret password = ask("Password for " + printable(subject) + ": ");
    const Secret again = ask("Repeat the password: ");
    if (password.reveal() != again.reveal())
        throw UsageError("the two passwords differ; type the same one twice");
    return password;
}

Secret password_from_stdin(const std::string& if_there_is_none) {
    auto password = read_secret_line(STDIN_FILENO);
    if (password) return std::move(*password);
    const auto& why = password.error();
    throw UsageError("--password-stdin: " +
                     (why == Errc::cancelled ? if_there_is_none : why.message()));
}

}  // namespace

Secret new_password(const std::string& subject, bool from_stdin,
                    const std::string& if_there_is_none) {
    return from_stdin ? password_from_stdin(if_there_is_none) : ask_twice(subject);
}

Secret known_password(const std::string& prompt, bool from_stdin) {
    return from_stdin ? password_from_stdin(kEmptyInput) : ask(prompt);
}

void confirm(const std::string& question, bool yes) {
    if (yes) return;
    const Descriptor terminal = open_terminal();
    if (!terminal.is_open())
        throw UsageError("there is no terminal to ask on; --yes does it without asking");
    write_all(terminal.get(), question + " [y/N] ");
    const auto answer = read_secret_line(terminal.get());
    // Without an answer the cursor is after the question.
    if (!answer) write_all(terminal.get(), "\n");
    const auto is = [&](std::string_view word) {
        return answer && equals_ignoring_case(answer->reveal(), word);
    };
    if (!is("y") && !is("yes")) throw Refused(ExitCode::failed, "nothing was changed");
}

}  // namespace roster::cli
