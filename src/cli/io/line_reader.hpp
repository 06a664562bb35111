#pragma once

// Lines from a terminal, a pipe or a file, on a thread that another can wake.
// Knows no command. Waits with poll, since epoll refuses ordinary files.

#include <roster/secret.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>
#include <string>

namespace roster::cli {

/// Threads: `next` from one, `stop` from any.
class LineReader {
  public:
    /// Does not own the descriptor. Throws: `std::system_error` where there are no descriptors
    /// left.
    explicit LineReader(int descriptor);
    ~LineReader();

    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    /// A line may hold a password. A longer one than this is cut.
    static constexpr std::size_t kMaxLineBytes = 16 * 1024;

    struct Line {
        Secret text;
        bool is_too_long = false;
    };

    /// The next line without its line feed; the last may lack one. Nothing at the end of the input
    /// (an error is an end, too), and nothing after `stop`.
    std::optional<Line> next();

    void stop() noexcept;

  private:
    /// Whether there is input; false where `stop` was called.
    bool wait_for_input();
    /// Whether there was more.
    bool fill();

    int descriptor_;
    std::atomic<bool> is_stopped_ = false;
    std::array<int, 2> stop_pipe_{-1, -1};
    std::array<char, 4096> chunk_{};
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace roster::cli
