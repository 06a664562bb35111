#pragma once

// A log that a test can read.

#include <roster/log.hpp>

#include <mutex>
#include <string>

namespace roster::test {

/// Threads: any.
class RecordedLog final : public Log {
  public:
    void write(LogLevel, std::string_view line) noexcept override {
        const std::lock_guard lock(mutex_);
        text_.append(line).push_back('\n');
    }

    std::string text() const {
        const std::lock_guard lock(mutex_);
        return text_;
    }

    void clear() {
        const std::lock_guard lock(mutex_);
        text_.clear();
    }

  private:
    mutable std::mutex mutex_;
    std::string text_;
};

}  // namespace roster::test
