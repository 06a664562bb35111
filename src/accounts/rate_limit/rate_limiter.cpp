#include "accounts/rate_limit/rate_limiter.hpp"

#include <algorithm>

namespace roster::accounts {
namespace {

using boost::asio::ip::address;

using std::chrono::sys_seconds;

constexpr sys_seconds kLatest =
    std::chrono::sys_days{std::chrono::year{9000} / std::chrono::January / 1};

// What a clock may say that is written with four digits for the year, and is not before 1970.
Instant sane(sys_seconds wall) noexcept {
    return std::clamp(wall, sys_seconds{}, kLatest);
}

}  // namespace

template <class Held>
void AttemptGuard<Held>::abandoned() noexcept {
    if (!held_) return;
    const std::lock_guard lock(limiter_->mutex_);
    limiter_->ledger_.abandon(*held_);
    held_.reset();
}

template class AttemptGuard<PendingLogIn>;
template class AttemptGuard<PendingSignUp>;

LimiterRecords LogInGuard::failed() {
    LimiterRecords changes;
    const auto held = std::exchange(held_, std::nullopt);
    if (!held) return changes;
    const std::lock_guard lock(limiter_->mutex_);
    limiter_->ledger_.fail(*held, limiter_->now(), changes);
    return changes;
}

LimiterRecords LogInGuard::succeeded() {
    LimiterRecords changes;
    const auto held = std::exchange(held_, std::nullopt);
    if (!held) return changes;
    const std::lock_guard lock(limiter_->mutex_);
    limiter_->ledger_.succeed(*held, limiter_->now(), changes);
    return changes;
}

LimiterRecords SignUpGuard::counted() {
    LimiterRecords changes;
    const auto held = std::exchange(held_, std::nullopt);
    if (!held) return changes;
    const std::lock_guard lock(limiter_->mutex_);
    limiter_->ledger_.count(*held, limiter_->now(), changes);
    return changes;
}

RateLimiter::RateLimiter(RateLimits limits, Clock clock)
    : clock_(std::move(clock)),
      begun_steady_(clock_.steady()),
      begun_(sane(clock_.wall())),
      ledger_(limits) {}

Instant RateLimiter::now() const {
    return begun_ + std::chrono::floor<std::chrono::milliseconds>(clock_.steady() - begun_steady_);
}

RateLimiter::Restored RateLimiter::restore(const LimiterRecords& records) {
    Restored restored;
    if (!ledger_.limits().enabled) return restored;
    const std::lock_guard lock(mutex_);
    for (const LimiterRecord& record : records) {
        if (!ledger_.restore(record, now(), restored.changes)) ++restored.ignored;
    }
    return restored;
}

Admission<LogInGuard> RateLimiter::begin(const AttemptKey& attempt) {
    if (!ledger_.limits().enabled || !attempt.address) return LogInGuard();
    const IpNetwork network(*attempt.address);
    const std::lock_guard lock(mutex_);
    const auto outcome = ledger_.begin(attempt.account, network, attempt.session, now());
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return *refusal;
    return LogInGuard(*this, std::get<PendingLogIn>(outcome));
}

Admission<SignUpGuard> RateLimiter::begin_sign_up(const std::optional<address>& from) {
    if (!ledger_.limits().enabled || !from) return SignUpGuard();
    const IpNetwork network(*from);
    if (network.is_loopback()) return SignUpGuard();
    const std::lock_guard lock(mutex_);
    const auto outcome = ledger_.begin_sign_up(network, now());
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return *refusal;
    return SignUpGuard(*this, std::get<PendingSignUp>(outcome));
}

LimiterRecords RateLimiter::make_known(AccountKey account, const std::optional<address>& from) {
    LimiterRecords changes;
    if (!ledger_.limits().enabled || !from) return changes;
    const std::lock_guard lock(mutex_);
    ledger_.make_known(account, IpNetwork(*from), now(), changes);
    return changes;
}

LimiterRecords RateLimiter::forget_known(AccountKey account) {
    LimiterRecords changes;
    if (!ledger_.limits().enabled) return changes;
    const std::lock_guard lock(mutex_);
    ledger_.forget_known(account, now(), changes);
    return changes;
}

std::size_t RateLimiter::size() const {
    const std::lock_guard lock(mutex_);
    return ledger_.size();
}

}  // namespace roster::accounts
