#pragma once

// How far a long job is: a bar on a terminal, a line now and then anywhere else.
// Knows no job.

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace roster::cli {

/// "hashing passwords [#########...........]  45%  450 of 1000, about 12 s left".
/// `total` 0: it is not known, and only what is done is shown.
std::string render_progress(std::string_view what, std::uint64_t done, std::uint64_t total,
                            std::chrono::steady_clock::duration elapsed);

/// Threads: one at a time.
/// Lifetime: the stream outlives it.
class Progress {
  public:
    using Clock = std::chrono::steady_clock;

    Progress(std::ostream& out, bool is_terminal,
             std::function<Clock::time_point()> now = Clock::now);
    ~Progress();

    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// May be called often: shows it ten times a second on a terminal, every five seconds
    /// elsewhere.
    void show(std::string_view what, std::uint64_t done, std::uint64_t total);

    /// Removes the bar. Call it before anything else is written to the terminal.
    void clear();

  private:
    std::ostream& out_;
    const bool is_terminal_;
    const std::function<Clock::time_point()> now_;
    std::string what_;
    Clock::time_point begun_{};
    Clock::time_point shown_{};
    bool is_bar_there_ = false;
};

}  // namespace roster::cli
