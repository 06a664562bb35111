#pragma once

// Lines that may hold passwords, from a terminal, a pipe or a file: every copy of them is wiped.
// Knows no command.

#include <roster/secret.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace roster::cli {

/// A line while it is read. Its memory is never reallocated, which would leave a copy behind.
class SecretLine {
  public:
    static constexpr std::size_t kMaxBytes = 16 * 1024;

    SecretLine() : bytes_(std::make_unique<char[]>(kMaxBytes)) {}
    ~SecretLine() { wipe(bytes_.get(), size_); }

    SecretLine(const SecretLine&) = delete;
    SecretLine& operator=(const SecretLine&) = delete;

    /// Drops what is beyond the longest line.
    void append(std::string_view bytes) noexcept;

    std::string_view text() const noexcept { return {bytes_.get(), size_}; }
    bool is_too_long() const noexcept { return is_too_long_; }

  private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    bool is_too_long_ = false;
};

/// Reads lines on a thread that another one can wake. Waits with poll: epoll refuses ordinary
/// files. Threads: `next` from one, `stop` from any.
class LineReader {
  public:
    /// Does not own the descriptor. Throws: `std::system_error` if no descriptors are
    /// left.
    explicit LineReader(int descriptor);
    ~LineReader();

    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    struct Line {
        Secret text;
        bool is_too_long = false;
    };

    /// The next line without its line feed; the last may lack one. nullopt at the end of the input
    /// or an error, and after `stop`.
    std::optional<Line> next();

    void stop() noexcept;

  private:
    /// False if `stop` was called.
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
