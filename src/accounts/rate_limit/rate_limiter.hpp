#pragma once

// Decides who may try a password or sign up now, and who has to wait.
// Knows no store (it hands out records and takes them back), no password and no protocol.
// docs/RATE_LIMITING.md says what is limited, and what that promises.

#include <roster/limiter_record.hpp>
#include <roster/session.hpp>
#include <roster/user.hpp>

#include "accounts/rate_limit/bucket_map.hpp"
#include "accounts/rate_limit/policy.hpp"
#include "core/clock.hpp"
#include "core/ip_network.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::accounts {

class RateLimiter;

using LimiterRecords = std::vector<LimiterRecord>;
using OptionalAddress = std::optional<boost::asio::ip::address>;

/// The account that is guessed at: "account:17".
std::string account_key(UserId id);
/// If there is no such user, a digest of the e-mail, compared as `fold_email` does: it may well be
/// a password that was typed into the wrong field. "email:9f86d081884c7d65".
std::string account_key(std::string_view email);

/// What is guessed at, and by whom.
class AttemptKey {
  public:
    AttemptKey(std::string account_key, OptionalAddress from)
        : account(std::move(account_key)), address(std::move(from)) {}

    std::string account;
    /// nullopt for the machine itself, which is never limited.
    OptionalAddress address;
    /// Of the caller, if it is a live session of this very account; else 0.
    SessionId session = 0;
    /// Those of the account; nullopt if there is no such user.
    std::optional<Revision> credentials;
};

/// An attempt at a password that was let through, or why it was not. If it was, it counts as under
/// way until `failed` or `succeeded`; without them nothing is counted. Calls after the first do
/// nothing.
///
/// Threads: one at a time.
/// Lifetime: the limiter outlives it.
class Admission {
  public:
    /// Not limited.
    Admission() = default;
    Admission(Admission&& other) noexcept : state_(std::exchange(other.state_, State())) {}
    Admission& operator=(Admission&& other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~Admission();

    explicit operator bool() const noexcept { return state_.wait.count() == 0; }
    /// Zero if it was let through.
    std::chrono::milliseconds wait() const noexcept { return state_.wait; }
    /// How many refusals the audit line for this one stands for; 0 if it is worth none.
    std::uint64_t audit_count() const noexcept { return state_.audit_count; }

    /// The password was wrong, or there is no such user. The records are to be made durable before
    /// the attempt is answered, and handed to the store at once: then no kill forgets a guess
    /// whose answer anybody has seen.
    LimiterRecords failed();
    /// The password was right, whatever else may be wrong with the account.
    void succeeded();

  private:
    friend class RateLimiter;

    struct State {
        // Set while the attempt is under way.
        RateLimiter* limiter = nullptr;
        // Keys of its buckets; `network` is empty if it does not count there.
        std::string account;
        std::string pair;
        std::string network;
        // To be known after a success, with these credentials.
        std::string known;
        std::optional<Revision> credentials;
        std::chrono::milliseconds wait{};
        std::uint64_t audit_count = 0;
    };

    State state_;
};

/// Threads: any.
/// Lifetime: outlives every awaitable and admission it has given out.
class RateLimiter {
  public:
    explicit RateLimiter(RateLimits limits = {}, Clock clock = {});

    RateLimiter(const RateLimiter&) = delete;
    RateLimiter& operator=(const RateLimiter&) = delete;

    /// Takes up the records of an earlier run; of two for one key the later counts. Returns how
    /// many of them mean nothing to this version; those are dropped with the next changes.
    /// Requires: nothing was begun yet.
    std::size_t restore(const LimiterRecords& records);

    /// Before a password is verified, and before it is known whether there is one to verify. If
    /// only attempts under way are in the way, waits for them, for `patience` at most.
    boost::asio::awaitable<Admission> admit(AttemptKey attempt);
    /// The same without waiting. `waiter` may be null; it is queued if it may wait.
    Admission begin(const AttemptKey& attempt, Waiter* waiter = nullptr);

    /// Counts a sign-up before it is made. If it may not be made, the refusal.
    Admission begin_sign_up(const OptionalAddress& from);
    /// Ends one that was let through. `counts`: an account was made, or the answer tells that there
    /// is one.
    void end_sign_up(const OptionalAddress& from, bool counts);

    /// As a log-in does: after a sign-up, or a change of the own password. Other credentials than
    /// these make the network unknown.
    void make_known(UserId user, Revision credentials, const OptionalAddress& from);

    /// The records of what changed and was not handed out yet, by a failed attempt or by this.
    LimiterRecords take_changes();

    /// The buckets of all kinds; bounded.
    std::size_t size() const;

  private:
    friend class Admission;
    friend class Waiter;

    Instant now() const;
    bool restore(const LimiterRecord& record);
    BucketMap* map_of(std::string_view key);
    Bucket* find_or_insert(BucketMap& map, const std::string& key);
    bool choose_buckets(const AttemptKey& attempt, Admission::State& state);
    static void refuse(Admission& admission, const Wait& wait, Bucket& bucket);
    bool reserve(const Admission::State& attempt);
    void fail(const Admission::State& attempt);
    void succeed(const Admission::State& attempt);
    void release(const Admission::State& attempt) noexcept;
    void mark_known(const std::string& key, Revision credentials);
    LimiterRecords records_of_changes();
    void enqueue(Waiter& waiter, Bucket& bucket);
    void leave_queue(Waiter& waiter) noexcept;
    static void wake_next(Bucket& bucket) noexcept;

    const RateLimits limits_;
    const Clock clock_;
    const std::chrono::steady_clock::time_point begun_steady_;
    const Instant begun_;
    mutable std::mutex mutex_;
    BucketMap pairs_{"guesser ", limits_.buckets};
    BucketMap networks_{"network ", limits_.buckets};
    BucketMap accounts_{"guesses ", limits_.buckets};
    BucketMap sign_ups_{"sign-ups ", limits_.buckets};
    BucketMap known_{"known ", limits_.known_networks};
    const std::array<BucketMap*, 5> maps_{&pairs_, &networks_, &accounts_, &sign_ups_, &known_};
    // Keys whose records were not handed out since they changed.
    std::set<std::string, std::less<>> changes_;
};

}  // namespace roster::accounts
