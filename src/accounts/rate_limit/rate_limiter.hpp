#pragma once

// Who may try a password now, and who has to wait: the entry point to the throttle.
// Knows no store (it hands out records to be kept, and takes them back) and no protocol.
// docs/THROTTLE.md says what is limited, and what the limits promise.

#include "accounts/rate_limit/limiter_state.hpp"
#include "core/clock.hpp"

#include <roster/limiter_record.hpp>
#include <roster/session.hpp>

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

namespace roster::accounts {

class RateLimiter;

/// What is guessed at, and by whom.
class AttemptKey {
  public:
    /// `from` is nothing for the machine itself, which is never throttled. `live_session` is that
    /// of whoever asks, where it is a live session of this very account; 0 otherwise.
    AttemptKey(AccountKey guessed, std::optional<boost::asio::ip::address> from,
               SessionId live_session = 0)
        : account(guessed), address(std::move(from)), session(live_session) {}

    AccountKey account;
    std::optional<boost::asio::ip::address> address;
    SessionId session;
};

/// An attempt that was let through. It counts against every limit until it ends: by a call, or by
/// its destructor as abandoned. Calls after the first do nothing.
///
/// The records it ends with are to be made durable before the attempt is answered, and handed to
/// the store as soon as they are there: then a guess whose answer anybody has seen is remembered,
/// however the process ends.
///
/// Threads: one at a time.
/// Lifetime: the throttle outlives it.
template <class Held>
class AttemptGuard {
  public:
    /// Of whoever is not throttled: charges nothing, and has no records.
    AttemptGuard() = default;
    AttemptGuard(RateLimiter& throttle, const Held& held) : limiter_(&throttle), held_(held) {}
    AttemptGuard(AttemptGuard&& other) noexcept
        : limiter_(other.limiter_), held_(std::exchange(other.held_, std::nullopt)) {}
    AttemptGuard& operator=(AttemptGuard&& other) noexcept {
        if (this != &other) {
            abandoned();
            limiter_ = other.limiter_;
            held_ = std::exchange(other.held_, std::nullopt);
        }
        return *this;
    }
    ~AttemptGuard() { abandoned(); }

    /// Nothing was verified, for want of a place in the queue or of a store: charges nothing.
    void abandoned() noexcept;

  protected:
    RateLimiter* limiter_ = nullptr;
    std::optional<Held> held_;
};

class LogInGuard : public AttemptGuard<PendingLogIn> {
  public:
    using AttemptGuard::AttemptGuard;

    /// The password was wrong, or there is no such user.
    LimiterRecords failed();
    /// The password was right, whatever else may be wrong with the account.
    LimiterRecords succeeded();
};

class SignUpGuard : public AttemptGuard<PendingSignUp> {
  public:
    using AttemptGuard::AttemptGuard;

    /// An account was made; or the answer says that there is one already, which is worth a count
    /// too: it tells a stranger who has an account here.
    LimiterRecords counted();
};

/// The ticket of an attempt that was let through, or why it was not.
template <class ItsTicket>
class Admission {
  public:
    Admission(ItsTicket ticket) : outcome_(std::move(ticket)) {}
    Admission(const Refusal& refusal) : outcome_(refusal) {}

    explicit operator bool() const noexcept { return outcome_.index() == 0; }
    /// Requires: it was let through.
    ItsTicket& ticket() { return std::get<ItsTicket>(outcome_); }
    /// Requires: it was not.
    const Refusal& refusal() const { return std::get<Refusal>(outcome_); }

  private:
    std::variant<ItsTicket, Refusal> outcome_;
};

/// Threads: any. No call waits for anything but the few look-ups of another one.
class RateLimiter {
  public:
    explicit RateLimiter(RateLimits limits = {}, Clock clock = {});

    RateLimiter(const RateLimiter&) = delete;
    RateLimiter& operator=(const RateLimiter&) = delete;

    struct Restored {
        /// What has to be kept instead of what was read.
        LimiterRecords changes;
        /// Records that mean nothing to this version.
        std::size_t ignored = 0;
    };
    /// Takes up where an earlier run ended. Where a key comes twice, the later record counts.
    /// Requires: nothing was begun yet.
    Restored restore(const LimiterRecords& records);

    /// Before a password is verified, and before it is known whether there is anything to verify.
    Admission<LogInGuard> begin(const AttemptKey& attempt);
    Admission<SignUpGuard> begin_sign_up(const std::optional<boost::asio::ip::address>& from);

    /// Says that the account's owner is at home there, as a log-in does: after a sign-up.
    LimiterRecords make_known(AccountKey account,
                              const std::optional<boost::asio::ip::address>& from);
    /// For a password that was changed because somebody else may have had it.
    LimiterRecords forget_known(AccountKey account);

    /// The keys that are remembered. Bounded, whoever comes.
    std::size_t size() const;

  private:
    template <class Held>
    friend class AttemptGuard;
    friend class LogInGuard;
    friend class SignUpGuard;

    // Begins where the clock on the wall stood when the throttle was made, and goes on by the one
    // that never jumps.
    Instant now() const;

    const Clock clock_;
    const std::chrono::steady_clock::time_point begun_steady_;
    const Instant begun_;
    mutable std::mutex mutex_;
    LimiterState ledger_;
};

}  // namespace roster::accounts
