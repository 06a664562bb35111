#pragma once

// What the rules tell the audit log: one event for everything that was done or refused.
// Knows no line and no file.

#include <roster/audit.hpp>

#include "accounts/request_context.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace roster::accounts {

/// The word for whom an event is about.
std::string user_target(UserId id);

/// Threads: any. Where there is no log nothing happens.
class AuditTrail {
  public:
    explicit AuditTrail(std::shared_ptr<AuditLog> log) : log_(std::move(log)) {}

    /// `outcome` without an error is "ok". `count`: so many of these. `detail`: what was to change.
    void record(const RequestContext& who, std::string_view action, std::string target,
                boost::system::error_code outcome, std::uint64_t count = 1,
                std::string detail = {}) const;

  private:
    std::shared_ptr<AuditLog> log_;
};

/// The error of a result, or none.
template <class T>
boost::system::error_code outcome_of(const result<T>& answer) noexcept {
    return answer ? boost::system::error_code() : answer.error();
}

}  // namespace roster::accounts
