#pragma once

// Decides who may try a password or sign up now, and who has to wait.
// Knows no store (it hands out records and takes them back), no password and no protocol.
// docs/RATE_LIMITING.md says what is limited, and what that promises.

#include <roster/session.hpp>
#include <roster/store_types.hpp>
#include <roster/user.hpp>

#include "accounts/rate_limit/buckets.hpp"
#include "accounts/rate_limit/policy.hpp"
#include "core/address.hpp"
#include "core/time.hpp"

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

/// What is counted, and last what is known:
///
///   kind       key of its record          counts                  limit
///   kNetwork   "network NETWORK"          wrong guesses           waits that double
///   kAccount   "guesses ACCOUNT"          those within an hour    account_per_hour
///   kPair      "guesser ACCOUNT NETWORK"  wrong guesses           waits that double, one at a time
///              or "... session:ID"
///   kSignUps   "sign-ups NETWORK"         those within an hour    sign_ups_per_hour
///   kKnown     "known ACCOUNT NETWORK"    nothing: a log-in       known_for
enum Kind : std::size_t { kNetwork, kAccount, kPair, kSignUps, kKnown };
inline constexpr std::size_t kKindsOfCounts = kKnown;

/// How an attempt that was let through ends.
enum class Outcome {
    /// Nobody looked at the password; nothing is counted.
    abandoned,
    /// The password was wrong, or there is no such user.
    failed,
    /// The password was right, whatever else may be wrong with the account.
    succeeded,
    /// An account was made, or the answer tells that there is one.
    signed_up,
};

/// An attempt at a password, or a sign-up, that was let through, or why it was not. If it was, it
/// counts as under way until it ends; if it is only destroyed, nothing is counted. Calls after the
/// end do nothing.
///
/// Threads: one at a time.
/// Lifetime: the limiter outlives it, unless it was charged.
class Admission {
  public:
    /// Not limited.
    Admission() = default;
    Admission(Admission&& other) noexcept : state_(std::exchange(other.state_, State())) {}
    Admission& operator=(Admission&& other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~Admission() { end(Outcome::abandoned); }

    explicit operator bool() const noexcept { return state_.wait.count() == 0; }
    /// Zero if it was let through.
    std::chrono::milliseconds wait() const noexcept { return state_.wait; }

    /// The records, of one that failed, are to be made durable before the attempt is answered, and
    /// handed to the store at once: then no kill forgets a guess whose answer anybody has seen.
    LimiterRecords end(Outcome outcome);

    /// The keys of the records that it has to do with if it was charged; else none.
    std::vector<std::string> charged_keys() const;

  private:
    friend class RateLimiter;

    // Buckets as they were before it was counted in them, and when that was.
    struct Charge {
        std::array<Bucket, kKindsOfCounts> before;
        Instant at{};
    };

    // Not limited: nothing is set. Refused: `wait`. Under way: `limiter` and `buckets`. Charged,
    // where other servers have the records, too: `charge`, and no `limiter`, as after the end.
    struct State {
        // Set while the attempt is under way.
        RateLimiter* limiter = nullptr;
        // Where it counts, in the order of `Kind`. In use while it is under way.
        std::array<Bucket*, kKindsOfCounts> buckets{};
        // To be known after a success, with these credentials.
        std::string known;
        std::optional<Revision> credentials;
        std::chrono::milliseconds wait{};
        std::optional<Charge> charge;
    };

    State state_;
};

/// Whom the limiter delays: the key of the record, the last event that it counted, and when one
/// more will be let through. Holders of a session and known networks may wait for less.
struct Delay {
    std::string key;
    std::chrono::sys_seconds since{};
    std::chrono::sys_seconds until{};
};

/// A page of them.
struct Delays {
    std::vector<Delay> items;
    /// `after` of the next page; empty at the end.
    std::string next;
};

/// Threads: any.
/// Lifetime: outlives every awaitable and admission it has given out.
class RateLimiter {
  public:
    explicit RateLimiter(RateLimits limits = {}, Clock clock = {});
    /// One whose time stands still.
    RateLimiter(RateLimits limits, Instant now);

    RateLimiter(const RateLimiter&) = delete;
    RateLimiter& operator=(const RateLimiter&) = delete;

    /// Its own time, which nobody sets.
    Instant now() const;

    /// If it is later than this now, it is this. Requires: nothing was begun or restored yet.
    void begin_at_most_at(Instant latest);

    /// The keys of an attempt's buckets; empty where it does not count.
    struct Keys {
        Keys() = default;

        std::array<std::string, kKindsOfCounts + 1> of;
        bool is_trusted = false;
        std::optional<Revision> credentials;

        /// Those that are not empty.
        std::vector<std::string> all() const;
    };
    Keys keys_of(const AttemptKey& attempt) const;
    Keys keys_of_sign_up(const OptionalAddress& from) const;

    /// Takes up the records of an earlier run; of two for one key the later counts. Returns how
    /// many of them mean nothing to this version; those are dropped with the next changes.
    /// Requires: nothing was begun yet.
    std::size_t restore(const LimiterRecords& records);

    /// Before a password is verified, and before it is known whether there is one to verify. If
    /// only attempts under way are in the way, waits for them, for `patience` at most.
    /// Requires: the executor runs one handler at a time.
    boost::asio::awaitable<Admission> admit(AttemptKey attempt);
    /// The same without waiting; before an account is made, too.
    Admission begin(Keys keys);
    Admission begin(const AttemptKey& attempt) { return begin(keys_of(attempt)); }

    /// Counts an attempt that was let through as failed, or as a sign-up, before it ends: other
    /// limiters that have the records wait for no end. `take_back`, of any of these, undoes that.
    Admission charge(Admission admission);
    void take_back(const Admission& charged, Outcome outcome);

    /// As a log-in does: after a sign-up, or a change of the own password. Other credentials than
    /// these make the network unknown.
    void make_known(UserId user, Revision credentials, const OptionalAddress& from);

    /// At most `limit`, and less if few of many are delayed: the work of a call is bounded.
    /// `after`: empty for the first page.
    Delays delays(std::string_view after, std::size_t limit) const;

    /// Forgets what it counted by this key, which stops a delay. False: nothing was counted.
    bool forgive(std::string_view key);

    /// The records of what changed and was not handed out yet, by a failed attempt or by this.
    LimiterRecords take_changes();

    /// The buckets of all kinds; bounded.
    std::size_t size() const;

  private:
    friend class Admission;
    friend struct Waiter;

    // What is in the way of an attempt for longest.
    struct Obstacle {
        Wait wait;
        Bucket* bucket = nullptr;
    };

    RateLimiter(RateLimits limits, Clock clock, Instant begun);

    bool restore(const LimiterRecord& record);
    BucketMap* map_of(std::string_view key);
    Bucket* insert(BucketMap& map, Bucket bucket);
    Bucket* find_or_insert(BucketMap& map, const std::string& key);
    std::string key_of(Kind kind, const std::string& account, const std::string& source) const;
    void recognise(Keys& keys);
    Wait wait_of(std::size_t kind, const Bucket& bucket, bool is_trusted) const;
    Obstacle obstacle_to(const Keys& keys);
    Admission decide(Keys keys, Waiter* waiter);
    bool reserve(const Keys& keys, Admission::State& attempt);
    void count(const Admission::State& attempt);
    void release(Admission::State& attempt) noexcept;
    void serve(Bucket& bucket) noexcept;
    void mark_known(const std::string& key, Revision credentials);
    LimiterRecords records_of_changes();

    const RateLimits limits_;
    const Clock clock_;
    const std::chrono::steady_clock::time_point begun_steady_;
    Instant begun_;
    mutable std::mutex mutex_;
    // In the order of `Kind`.
    std::array<BucketMap, kKindsOfCounts + 1> maps_;
    // Keys whose records were not handed out since they changed.
    std::set<std::string, std::less<>> changes_;
};

}  // namespace roster::accounts
