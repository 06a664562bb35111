#pragma once

// The terminal or pipe of `roster client`: the prompt with what is printed while it is shown, and
// the lines that are read, turned into commands on a thread of their own.
// Knows no connection.

#include "cli/client_repl/client_command.hpp"
#include "cli/io/line_reader.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <semaphore>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::cli {

/// Threads: any.
class ClientScreen {
  public:
    /// `prompts`: whether a person sees standard output and types.
    explicit ClientScreen(bool prompts) : prompts_(prompts) {}

    /// To standard output, above the prompt where there is one. Requires: `text` ends its line.
    void say(std::string_view text);

    /// To standard error, as one line.
    void print_error(std::string_view text);

    /// A line is awaited from now on.
    void show_prompt();

    /// The line was entered, or is not awaited any longer: `ended_by_enter` says which.
    void leave_prompt(bool ended_by_enter);

    /// No line is awaited any longer, and none was begun.
    void erase_prompt();

    /// Output is kept back while a password is asked for on the terminal.
    void hold();
    void release();

  private:
    enum class Stream { output, error };

    void print(Stream stream, std::string text);
    void write_above_prompt(Stream stream, std::string_view text);

    std::mutex mutex_;
    const bool prompts_;
    bool is_prompt_shown_ = false;
    bool is_held_ = false;
    std::vector<std::pair<Stream, std::string>> held_;
};

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
