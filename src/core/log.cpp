#include <roster/log.hpp>

#include <utility>

namespace roster {
namespace {

class SilentLog final : public Log {
  public:
    void write(LogLevel, std::string_view) noexcept override {}
};

}  // namespace

void Log::say(LogLevel level, std::string_view format, std::initializer_list<LogText> values) {
    std::string line;
    auto value = values.begin();
    for (;;) {
        const auto gap = format.find("{}");
        line += format.substr(0, gap);
        if (gap == std::string_view::npos) break;
        if (value != values.end()) line += (value++)->text();
        format.remove_prefix(gap + 2);
    }
    write(level, line);
}

std::shared_ptr<Log> log_or_silent(std::shared_ptr<Log> log) {
    return log ? std::move(log) : std::make_shared<SilentLog>();
}

}  // namespace roster
