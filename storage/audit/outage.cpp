#include "storage/audit/outage.hpp"

#include <spdlog/logger.h>

#include <utility>

namespace roster::storage {

Outage::Outage(std::shared_ptr<spdlog::logger> log, std::string while_it_lasts,
               std::string when_over)
    : log_(std::move(log)),
      while_it_lasts_(std::move(while_it_lasts)),
      when_over_(std::move(when_over)) {}

void Outage::met(const boost::system::error_code& error) {
    if (!lasts_ && log_) log_->error("audit log: {}: {}", while_it_lasts_, error.message());
    lasts_ = true;
}

void Outage::over() {
    if (lasts_ && log_) log_->info("audit log: {}", when_over_);
    lasts_ = false;
}

}  // namespace roster::storage
