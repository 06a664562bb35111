#include "cli/io/standard_error.hpp"

#include "core/files/non_blocking_output.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <algorithm>
#include <mutex>
#include <ostream>
#include <utility>

namespace roster::cli {
namespace {

using std::chrono::seconds;

// Nothing waits for the reader of standard error: lines that a pipe, a socket or a terminal does
// not take are counted, and the number is said as soon as it takes one again.
class NonBlockingSink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    explicit NonBlockingSink(int descriptor) : output_(descriptor) {}

  protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        if (dropped_ > 0) {
            const std::string text = std::to_string(dropped_) +
                                     " lines of the log are missing here: nobody read it meanwhile";
            if (write({message.logger_name, spdlog::level::warn, text})) dropped_ = 0;
        }
        if (dropped_ > 0 || !write(message)) ++dropped_;
    }
    void flush_() override {}

  private:
    // A JSON object; no other line begins like that.
    static bool is_for_programs(spdlog::string_view_t line) {
        return line.size() != 0 && *line.data() == '{';
    }

    bool write(const spdlog::details::log_msg& message) {
        spdlog::memory_buf_t line;
        if (is_torn_) line.push_back('\n');
        if (is_for_programs(message.payload)) {
            line.append(message.payload.begin(), message.payload.end());
            line.push_back('\n');
        } else {
            formatter_->format(message, line);
        }
        std::string_view rest(line.data(), line.size());
        while (!rest.empty()) {
            const auto written = output_.write(rest);
            if (!written) break;
            rest.remove_prefix(*written);
        }
        const bool has_begun = rest.size() < line.size();
        if (has_begun) is_torn_ = !rest.empty();
        return rest.empty();
    }

    NonBlockingOutput output_;
    bool is_torn_ = false;
    std::uint64_t dropped_ = 0;
};

class StderrLog final : public Log {
  public:
    StderrLog(const std::string& level, int descriptor)
        : logger_("roster", std::make_shared<NonBlockingSink>(descriptor)) {
        logger_.set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
        logger_.set_level(spdlog::level::from_str(level));
        logger_.flush_on(spdlog::level::trace);
    }

    void write(LogLevel level, std::string_view line) noexcept override {
        logger_.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
    }

  private:
    static spdlog::level::level_enum spdlog_level(LogLevel level) noexcept {
        switch (level) {
            case LogLevel::info: return spdlog::level::info;
            case LogLevel::warn: return spdlog::level::warn;
            case LogLevel::error: break;
        }
        return spdlog::level::err;
    }

    spdlog::logger logger_;
};

std::string in_words(seconds time) {
    if (time < seconds(60)) return std::to_string(time.count()) + " s";
    const auto minutes = std::chrono::ceil<std::chrono::minutes>(time).count();
    if (minutes < 60) return std::to_string(minutes) + " min";
    return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

std::string bar(std::uint64_t done, std::uint64_t total) {
    constexpr std::uint64_t kWidth = 20;
    const auto full = static_cast<std::size_t>(done * kWidth / total);
    const std::string percent = std::to_string(done * 100 / total);
    return "[" + std::string(full, '#') + std::string(kWidth - full, '.') + "] " +
           std::string(3 - percent.size(), ' ') + percent + "%";
}

}  // namespace

std::shared_ptr<Log> make_log(const std::string& level, int descriptor) {
    return std::make_shared<StderrLog>(level, descriptor);
}

std::string render_progress(std::string_view what, std::uint64_t done, std::uint64_t total,
                            std::chrono::steady_clock::duration elapsed) {
    std::string text(what);
    if (total == 0) return text + "  " + std::to_string(done);
    done = std::min(done, total);
    text += " " + bar(done, total) + "  " + std::to_string(done) + " of " + std::to_string(total);
    // The first moments say nothing of the rest.
    if (done == 0 || done == total || elapsed < seconds(1)) return text;
    const double whole = std::chrono::duration<double>(elapsed).count();
    const double left = whole / static_cast<double>(done) * static_cast<double>(total - done);
    const auto left_seconds = std::chrono::ceil<seconds>(std::chrono::duration<double>(left));
    return text + ", about " + in_words(left_seconds) + " left";
}

Progress::Progress(std::ostream& out, bool is_terminal, std::function<Clock::time_point()> now)
    : out_(out), is_terminal_(is_terminal), now_(std::move(now)) {}

Progress::~Progress() {
    clear();
}

void Progress::show(std::string_view what, std::uint64_t done, std::uint64_t total) {
    const Clock::time_point now = now_();
    if (what != what_) {
        what_ = what;
        begun_ = now;
        // The bar comes at once; a line only if there is something to wait for.
        shown_ = is_terminal_ ? Clock::time_point{} : now;
    }
    const auto often = is_terminal_ ? Clock::duration(std::chrono::milliseconds(100)) : seconds(5);
    const bool is_due = now - shown_ >= often || (is_bar_there_ && done == total && total != 0);
    if (!is_due) return;
    shown_ = now;
    const std::string text = render_progress(what, done, total, now - begun_);
    if (is_terminal_)
        // Back to the margin, and the rest of the old line away.
        out_ << '\r' << text << "\x1b[K" << std::flush;
    else
        out_ << text << std::endl;
    is_bar_there_ = is_terminal_;
}

void Progress::clear() {
    if (!std::exchange(is_bar_there_, false)) return;
    out_ << "\r\x1b[K" << std::flush;
    shown_ = Clock::time_point{};
}

}  // namespace roster::cli
