#include "cli/open.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <utility>

namespace roster::cli {

std::shared_ptr<spdlog::logger> make_log(const std::string& level) {
    auto log = std::make_shared<spdlog::logger>("roster",
                                                std::make_shared<spdlog::sinks::stderr_sink_mt>());
    log->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    log->set_level(spdlog::level::from_str(level));
    log->flush_on(spdlog::level::trace);
    return log;
}

std::unique_ptr<Store> open_accounts_store(const std::string& url,
                                           std::shared_ptr<spdlog::logger> log,
                                           accounts::HashCost cost) {
    OpenOptions options;
    options.hash_password = [cost](const Secret& password) {
        return accounts::hash_password(password, cost);
    };
    options.log = std::move(log);
    return open_store(url, std::move(options));
}

}  // namespace roster::cli
