#pragma once

// Tells the audit log what was done or refused: one event for each call.
// Knows no line and no file.

#include <roster/audit.hpp>
#include <roster/error.hpp>

#include "accounts/request_context.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace roster::accounts {

/// "user 17": whom an event is about.
std::string user_target(UserId id);
/// "email a@a.com", of somebody who has no account. The text may be anything.
std::string email_target(std::string_view email);

/// Who acts: "anonymous", "operator", "user 17". A stranger whom `--classic-open-put` lets modify
/// users is no operator.
std::string actor_of(const RequestContext& who);

/// Threads: any. Without a log events are only counted; copies count together.
class AccountEvents {
  public:
    /// By action and outcome.
    using Counts = std::map<std::pair<std::string, std::string>, std::uint64_t, std::less<>>;

    explicit AccountEvents(std::shared_ptr<AuditLog> log) : log_(std::move(log)) {}

    /// `outcome` without an error is "ok". `count`: how many of these the event stands for.
    /// `detail`: what was to change.
    void record(const RequestContext& who, std::string_view action, std::string target,
                boost::system::error_code outcome, std::uint64_t count = 1,
                std::string detail = {}) const;

    Counts counts() const;

    /// Events that the log could not take.
    std::uint64_t lost() const noexcept { return log_ ? log_->lost() : 0; }

  private:
    struct Counted {
        std::mutex mutex;
        // Guarded by the mutex.
        Counts counts;
    };

    std::shared_ptr<AuditLog> log_;
    std::shared_ptr<Counted> counted_ = std::make_shared<Counted>();
};

/// The error of a result; without one, of success.
template <class T>
boost::system::error_code outcome_of(const result<T>& answer) noexcept {
    return answer ? boost::system::error_code() : answer.error();
}

}  // namespace roster::accounts
