#pragma once

// The prompt, and what is printed while it is shown.
// Knows no command and no connection.

#include <mutex>
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

}  // namespace roster::cli
