// The records of an earlier run, brought to this one. The clock on the wall may have jumped in
// between, or the machine may have been off for a week: that looks the same. So what lies in the
// future is taken for what has just happened, and what is over comes back once, for a last quarter
// of an hour: neither sets somebody free who is guessing, and neither makes anybody wait for more
// than the longest wait.

#include "accounts/rate_limit/limiter_state.hpp"

#include <algorithm>
#include <utility>

namespace roster::accounts {
namespace {

// Counts in a span so old leave after ten to fifteen minutes.
constexpr std::int64_t kLastQuarter = static_cast<std::int64_t>(SlidingCounter::kSpans) - 3;

SlidingCounter in_last_quarter(const SlidingCounter& written, Instant now) noexcept {
    std::uint32_t all = 0;
    for (const std::uint32_t count : written.counts())
        all += count;
    SlidingCounter brought;
    if (all > 0) brought.add_to(SlidingCounter::span_of(now) - kLastQuarter, all);
    return brought;
}

bool is_ahead(const SlidingCounter& written, Instant now) noexcept {
    return !written.is_empty() && written.newest() > SlidingCounter::span_of(now);
}

// A clock that was set back by seconds is an everyday thing, and costs nobody anything here: the
// span it came from is the present one. Further ahead, nothing can be known about the age.
SlidingCounter without_future(const SlidingCounter& written, Instant now) noexcept {
    const std::int64_t present = SlidingCounter::span_of(now);
    if (written.newest() > present + 1) return in_last_quarter(written, now);
    SlidingCounter brought;
    std::int64_t span = written.newest();
    for (const std::uint32_t count : written.counts())
        brought.add_to(std::min(span--, present), count);
    return brought;
}

bool bring_to(Instant now, const RateLimits& limits, StepsEntry& entry, bool& is_changed) {
    const std::uint32_t failures = entry.steps.failures();
    if (entry.steps.last() > now) {
        entry.steps = BackOff(failures, now);
        is_changed = true;
    } else if (now >= entry.forgotten_at(limits)) {
        if (entry.is_late) return false;
        // Its wait is over, its step is not forgotten yet.
        const auto age =
            std::max(limits.forget_after - limits.longest_wait, wait_after(failures, limits));
        entry.steps = BackOff(failures, now - age);
        is_changed = entry.is_late = true;
    }
    return true;
}

bool bring_to(Instant now, const RateLimits& limits, GuessesEntry& entry, bool& is_changed) {
    if (now >= entry.forgotten_at(limits)) {
        if (entry.is_late) return false;
        entry.strangers = in_last_quarter(entry.strangers, now);
        entry.others = in_last_quarter(entry.others, now);
        is_changed = entry.is_late = true;
    } else if (is_ahead(entry.strangers, now) || is_ahead(entry.others, now)) {
        entry.strangers = without_future(entry.strangers, now);
        entry.others = without_future(entry.others, now);
        is_changed = true;
    }
    return !entry.is_empty();
}

bool bring_to(Instant now, const RateLimits& limits, SignUpsEntry& entry, bool& is_changed) {
    if (now >= entry.forgotten_at(limits)) {
        if (entry.is_late) return false;
        entry.made = in_last_quarter(entry.made, now);
        is_changed = entry.is_late = true;
    } else if (is_ahead(entry.made, now)) {
        entry.made = without_future(entry.made, now);
        is_changed = true;
    }
    return !entry.is_empty();
}

// Being known only ever helps, so what is over is over.
bool bring_to(Instant now, const RateLimits& limits, KnownEntry& entry, bool& is_changed) {
    const std::size_t written = entry.networks.size();
    std::erase_if(entry.networks, [&](const KnownEntry::Known& known) {
        return now >= known.since + limits.known_for;
    });
    std::stable_sort(entry.networks.begin(), entry.networks.end(),
                     [](const auto& a, const auto& b) { return a.since > b.since; });
    if (entry.networks.size() > limits.known_per_account)
        entry.networks.erase(
            entry.networks.begin() + static_cast<std::ptrdiff_t>(limits.known_per_account),
            entry.networks.end());
    is_changed = entry.networks.size() != written;
    for (KnownEntry::Known& known : entry.networks) {
        if (known.since <= now) continue;
        known.since = now;
        is_changed = true;
    }
    return !entry.networks.empty();
}

}  // namespace

template <class Key, class Entry>
bool LimiterState::restore_in(BucketTable<Key, Entry>& table, std::string_view name,
                              const LimiterRecord& record, Instant now, LimiterRecords& changes) {
    const auto key = Key::parse(name);
    if (!key) return false;
    if (record.state.empty()) {
        table.erase(*key);
        return true;
    }
    auto entry = parse_state<Entry>(record.state);
    if (!entry) return false;
    bool is_changed = false;
    if (!bring_to(now, limits_, *entry, is_changed)) {
        table.erase(*key);
        changes.push_back(LimiterRecord(record.key, "", to_seconds(now)));
        return true;
    }
    Entry* place = make(table, *key, now);
    hand_over_dropped(now, changes);
    if (place == nullptr) return true;
    *place = std::move(*entry);
    if (is_changed) changes.push_back(record_of(table, *key, *place));
    return true;
}

bool LimiterState::restore(const LimiterRecord& record, Instant now, LimiterRecords& changes) {
    const std::string_view key = record.key;
    const std::size_t space = std::min(key.find(' '), key.size());
    const std::string_view table = key.substr(0, space);
    const std::string_view name = key.substr(std::min(space + 1, key.size()));
    if (table == guessers_.name()) return restore_in(guessers_, name, record, now, changes);
    if (table == networks_.name()) return restore_in(networks_, name, record, now, changes);
    if (table == accounts_.name()) return restore_in(accounts_, name, record, now, changes);
    if (table == sign_ups_.name()) return restore_in(sign_ups_, name, record, now, changes);
    if (table == known_.name()) return restore_in(known_, name, record, now, changes);
    return false;
}

}  // namespace roster::accounts
