#pragma once

// The throttle's decisions and their memory, for one thread and at a time that is passed in.
// Knows no clock, no lock and no store.

#include "accounts/rate_limit/bucket_table.hpp"
#include "accounts/rate_limit/buckets.hpp"
#include "accounts/rate_limit/keys.hpp"
#include "accounts/rate_limit/limiter_records.hpp"
#include "accounts/rate_limit/limits.hpp"

#include <roster/limiter_record.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace roster::accounts {

using LimiterRecords = std::vector<LimiterRecord>;

/// What was used up.
enum class ExceededLimit : std::uint8_t {
    /// The tries of this network, or session, at this account.
    guesser,
    /// The tries of this network at any account.
    network,
    /// The wrong guesses at this account.
    account,
    /// The sign-ups of this network.
    sign_ups,
};

/// "guesser", "network", "account" or "sign_ups".
std::string_view name_of(ExceededLimit what) noexcept;

/// Refused without a look at the password.
struct Refusal {
    /// More than zero. `Attempt::too_many` makes whole seconds of it.
    std::chrono::milliseconds wait{};
    ExceededLimit used_up = ExceededLimit::guesser;
    /// Only attempts under way are in the way: when they end well, there is nothing to wait for.
    bool is_crowded = false;
    /// So many refusals the audit line for this one stands for; 0: it is worth none.
    std::uint64_t audit_count = 0;
};

/// A guess that was let through and has not ended yet.
struct PendingLogIn {
    AccountKey account;
    GuesserKey guesser;
    IpNetwork network;
    /// Counts for the network too.
    bool by_network = false;
    ClientTrust auth_state = ClientTrust::stranger;
};

struct PendingSignUp {
    NetworkKey network;
};

/// Threads: one at a time.
class LimiterState {
  public:
    explicit LimiterState(RateLimits limits) : limits_(limits) {}

    /// `session` is 0 where the guesser holds no live session of that very account.
    std::variant<PendingLogIn, Refusal> begin(AccountKey account, IpNetwork network,
                                              SessionId session, Instant now);
    void fail(const PendingLogIn& guess, Instant now, LimiterRecords& changes);
    void succeed(const PendingLogIn& guess, Instant now, LimiterRecords& changes);
    void abandon(const PendingLogIn& guess) noexcept;

    std::variant<PendingSignUp, Refusal> begin_sign_up(IpNetwork network, Instant now);
    void count(const PendingSignUp& sign_up, Instant now, LimiterRecords& changes);
    void abandon(const PendingSignUp& sign_up) noexcept;

    void make_known(AccountKey account, IpNetwork network, Instant now, LimiterRecords& changes);
    void forget_known(AccountKey account, Instant now, LimiterRecords& changes);
    bool is_known(AccountKey account, IpNetwork network, Instant now) const;

    /// Takes in a record of an earlier run. What it had to change about it goes to `changes`.
    /// False where it could make nothing of it.
    bool restore(const LimiterRecord& record, Instant now, LimiterRecords& changes);

    /// The entries of all kinds.
    std::size_t size() const noexcept;
    const RateLimits& limits() const noexcept { return limits_; }

  private:
    template <class Key, class Entry>
    Entry* make(BucketTable<Key, Entry>& table, const Key& key, Instant now) {
        return table.find_or_make(
            key, [&](const Entry& entry) { return entry.weight(limits_, now); },
            [&](const Key& gone) {
                if (dropped_.size() < kMostDropped) dropped_.push_back(table.name_of(gone));
            });
    }

    template <class Key, class Entry>
    static void erase_if_empty(BucketTable<Key, Entry>& table, const Key& key) noexcept {
        const Entry* entry = table.find(key);
        if (entry != nullptr && entry->is_empty()) table.erase(key);
    }

    bool hold(const PendingLogIn& guess, Instant now);

    template <class Key, class Entry>
    LimiterRecord record_of(const BucketTable<Key, Entry>& table, const Key& key,
                            const Entry& entry) const {
        return {table.name_of(key), state_of(entry),
                to_seconds(entry.forgotten_at(limits_) + kClockDoubt)};
    }
    // Before any other record: what gave way may be back by now, with a record of its own.
    void hand_over_dropped(Instant now, LimiterRecords& changes);

    template <class Key, class Entry>
    bool restore_in(BucketTable<Key, Entry>& table, std::string_view key,
                    const LimiterRecord& record, Instant now, LimiterRecords& changes);

    // Guesses that are begun and called off again hand nothing over; a store then keeps so much too
    // much, until its time is over.
    static constexpr std::size_t kMostDropped = 4096;

    const RateLimits limits_;
    BucketTable<GuesserKey, StepsEntry> guessers_{"guesser", limits_.entries};
    BucketTable<NetworkKey, StepsEntry> networks_{"network", limits_.entries};
    BucketTable<AccountKey, GuessesEntry> accounts_{"guesses", limits_.entries};
    BucketTable<NetworkKey, SignUpsEntry> sign_ups_{"sign-ups", limits_.entries};
    BucketTable<AccountKey, KnownEntry> known_{"known", limits_.known_accounts};
    // What gave way since the last records were handed over, by name: a store must forget it too,
    // or it would grow with the flood.
    std::vector<std::string> dropped_;
};

}  // namespace roster::accounts
