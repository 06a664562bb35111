#include "cli/io/stderr_log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <utility>

namespace roster::cli {
namespace {

class StderrLog final : public Log {
  public:
    explicit StderrLog(const std::string& level)
        : logger_("roster", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
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

}  // namespace

std::shared_ptr<Log> make_log(const std::string& level) {
    return std::make_shared<StderrLog>(level);
}

}  // namespace roster::cli
