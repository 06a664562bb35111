#pragma once

// The server's log. Knows no format of a line and no file: an embedder passes an implementation,
// and `roster serve` one over spdlog.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace roster {

enum class LogLevel : std::uint8_t { info, warn, error };

/// A value as it appears in a log line.
class LogText {
  public:
    LogText(std::string_view text) : text_(text) {}
    LogText(const std::string& text) : text_(text) {}
    LogText(const char* text) : text_(text) {}
    LogText(std::integral auto number) : text_(std::to_string(number)) {}

    std::string_view text() const noexcept { return text_; }

  private:
    std::string text_;
};

/// Threads: any.
class Log {
  public:
    virtual ~Log() = default;

    /// Writes one line; throws nothing.
    virtual void write(LogLevel level, std::string_view line) noexcept = 0;

    /// Each `{}` in `format` is replaced with the next value.
    template <class... Value>
    void info(std::string_view format, const Value&... values) {
        say(LogLevel::info, format, {LogText(values)...});
    }
    template <class... Value>
    void warn(std::string_view format, const Value&... values) {
        say(LogLevel::warn, format, {LogText(values)...});
    }
    template <class... Value>
    void error(std::string_view format, const Value&... values) {
        say(LogLevel::error, format, {LogText(values)...});
    }

  private:
    void say(LogLevel level, std::string_view format, std::initializer_list<LogText> values);
};

/// The log itself, or one that drops every line if it is empty.
std::shared_ptr<Log> log_or_silent(std::shared_ptr<Log> log);

}  // namespace roster
