#include "audit/failure_logger.hpp"

#include <roster/log.hpp>

#include <utility>

namespace roster::audit {

FailureLogger::FailureLogger(std::shared_ptr<Log> log, std::string while_it_lasts,
                             std::string when_over)
    : log_(std::move(log)),
      while_it_lasts_(std::move(while_it_lasts)),
      when_over_(std::move(when_over)) {}

void FailureLogger::met(const boost::system::error_code& error) {
    if (!lasts_ && log_) log_->error("audit log: {}: {}", while_it_lasts_, error.message());
    lasts_ = true;
}

void FailureLogger::over() {
    if (lasts_ && log_) log_->info("audit log: {}", when_over_);
    lasts_ = false;
}

}  // namespace roster::audit
