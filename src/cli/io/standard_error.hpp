#pragma once

// What the program writes to standard error in the course of a job: its log, and how far the job
// is, as a bar on a terminal and a line now and then anywhere else. Knows no job.

#include <roster/log.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace roster::cli {

/// The log of the program. `level`: trace, debug, info, warn, error or off. It never waits for who
/// reads it: lines that do not fit are counted, and the log says how many as soon as it can.
/// Lifetime: the descriptor stays open.
std::shared_ptr<Log> make_log(const std::string& level, int descriptor = 2);

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
