#include "accounts/throttle.hpp"

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
void Ticket<Held>::abandoned() noexcept {
    if (!held_) return;
    const std::lock_guard lock(throttle_->mutex_);
    throttle_->ledger_.abandon(*held_);
    held_.reset();
}

template class Ticket<HeldGuess>;
template class Ticket<HeldSignUp>;

ThrottleRecords GuessTicket::failed() {
    ThrottleRecords changes;
    const auto held = std::exchange(held_, std::nullopt);
    if (!held) return changes;
    const std::lock_guard lock(throttle_->mutex_);
    throttle_->ledger_.fail(*held, throttle_->now(), changes);
    return changes;
}

ThrottleRecords GuessTicket::succeeded() {
    ThrottleRecords changes;
    const auto held = std::exchange(held_, std::nullopt);
    if (!held) return changes;
    const std::lock_guard lock(throttle_->mutex_);
    throttle_->ledger_.succeed(*held, throttle_->now(), changes);
    return changes;
}

ThrottleRecords SignUpTicket::counted() {
    ThrottleRecords changes;
    const auto held = std::exchange(held_, std::nullopt);
    if (!held) return changes;
    const std::lock_guard lock(throttle_->mutex_);
    throttle_->ledger_.count(*held, throttle_->now(), changes);
    return changes;
}

Throttle::Throttle(ThrottleLimits limits, Clock clock)
    : clock_(std::move(clock)),
      begun_steady_(clock_.steady()),
      begun_(sane(clock_.wall())),
      ledger_(limits) {}

Instant Throttle::now() const {
    return begun_ + std::chrono::floor<std::chrono::milliseconds>(clock_.steady() - begun_steady_);
}

Throttle::Restored Throttle::restore(const ThrottleRecords& records) {
    Restored restored;
    if (!ledger_.limits().enabled) return restored;
    const std::lock_guard lock(mutex_);
    for (const ThrottleRecord& record : records) {
        if (!ledger_.restore(record, now(), restored.changes)) ++restored.ignored;
    }
    return restored;
}

Admission<GuessTicket> Throttle::begin(const AttemptKey& attempt) {
    if (!ledger_.limits().enabled || !attempt.address) return GuessTicket();
    const Network network(*attempt.address);
    const std::lock_guard lock(mutex_);
    const auto outcome = ledger_.begin(attempt.account, network, attempt.session, now());
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return *refusal;
    return GuessTicket(*this, std::get<HeldGuess>(outcome));
}

Admission<SignUpTicket> Throttle::begin_sign_up(const std::optional<address>& from) {
    if (!ledger_.limits().enabled || !from) return SignUpTicket();
    const Network network(*from);
    if (network.is_loopback()) return SignUpTicket();
    const std::lock_guard lock(mutex_);
    const auto outcome = ledger_.begin_sign_up(network, now());
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return *refusal;
    return SignUpTicket(*this, std::get<HeldSignUp>(outcome));
}

ThrottleRecords Throttle::make_known(AccountKey account, const std::optional<address>& from) {
    ThrottleRecords changes;
    if (!ledger_.limits().enabled || !from) return changes;
    const std::lock_guard lock(mutex_);
    ledger_.make_known(account, Network(*from), now(), changes);
    return changes;
}

ThrottleRecords Throttle::forget_known(AccountKey account) {
    ThrottleRecords changes;
    if (!ledger_.limits().enabled) return changes;
    const std::lock_guard lock(mutex_);
    ledger_.forget_known(account, now(), changes);
    return changes;
}

std::size_t Throttle::size() const {
    const std::lock_guard lock(mutex_);
    return ledger_.size();
}

}  // namespace roster::accounts
