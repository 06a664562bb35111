#pragma once

// The lines that `roster client` reads, turned into commands on a thread of their own.
// Knows no connection.

#include "cli/client_repl/client_command.hpp"
#include "cli/client_repl/client_screen.hpp"
#include "cli/io/line_reader.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <semaphore>

namespace roster::cli {

class ClientInput {
  public:
    /// Commands without an answer yet, at most: the server stops reading at as many.
    static constexpr std::ptrdiff_t kMostOutstanding = 16;

    /// `is_interactive`: a person types; otherwise a missing password is an error.
    ClientInput(int descriptor, bool is_interactive, ClientScreen& screen)
        : reader_(descriptor), is_interactive_(is_interactive), screen_(screen) {}

    using Submit = std::function<void(std::size_t line, ClientCommand command)>;

    /// Reads until the end, `quit` or `stop`, and hands over what is for the server.
    void read(const Submit& submit);

    /// One of the commands is answered. Threads: any.
    void answered() { places_.release(); }

    /// Ends `read`, after a question that is being asked is answered. Threads: any.
    void stop();

    /// Whether every line was a command. Requires: `read` has returned.
    bool all_valid() const noexcept { return all_valid_; }

  private:
    enum class Next { go_on, leave };

    Next take(std::size_t number, const LineReader::Line& line, const Submit& submit);
    Next run(std::size_t number, ClientCommand command, const Submit& submit);
    /// Whether there is a password now.
    bool ask_password(std::size_t number, ClientCommand& command);
    void refuse(std::size_t number, const std::string& why);

    LineReader reader_;
    const bool is_interactive_;
    ClientScreen& screen_;
    std::counting_semaphore<> places_{kMostOutstanding};
    std::atomic<bool> is_stopped_ = false;
    bool all_valid_ = true;
};

}  // namespace roster::cli
