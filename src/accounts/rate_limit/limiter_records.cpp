#include "accounts/rate_limit/limiter_records.hpp"

#include "core/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace roster::accounts {
namespace {

using std::chrono::sys_seconds;

// More than any limit; far from an overflow when added up.
constexpr std::uint32_t kMostCounted = 1'000'000;
constexpr std::string_view kLate = "late";

std::string in_text(Instant time) {
    return to_rfc3339(to_seconds(time));
}

std::string with_lateness(std::string text, bool is_late) {
    return is_late ? std::move(text) + ' ' + std::string(kLate) : std::move(text);
}

std::string in_text(const SlidingCounter::Counts& counts) {
    std::size_t size = counts.size();
    while (size > 1 && counts[size - 1] == 0)
        --size;
    std::string text;
    for (std::size_t age = 0; age < size; ++age)
        text += (age == 0 ? "" : ",") + std::to_string(counts[age]);
    return text;
}

// The words of a line, taken one by one; empty at its end.
class Words {
  public:
    explicit Words(std::string_view text) noexcept : left_(text) {}

    std::string_view next(char separator = ' ') noexcept {
        const std::size_t end = std::min(left_.find(separator), left_.size());
        const std::string_view word = left_.substr(0, end);
        left_.remove_prefix(std::min(end + 1, left_.size()));
        return word;
    }

    /// The value of `name=value`; empty where the next word is not so named.
    std::string_view next_value(std::string_view name) noexcept {
        std::string_view word = next();
        if (!word.starts_with(name) || word.substr(name.size(), 1) != "=") return {};
        return word.substr(name.size() + 1);
    }

    /// Whether nothing, or nothing but "late", is left.
    std::optional<bool> lateness() noexcept {
        const std::string_view word = next();
        if (!left_.empty() || (!word.empty() && word != kLate)) return std::nullopt;
        return word == kLate;
    }

    bool are_over() const noexcept { return left_.empty(); }

  private:
    std::string_view left_;
};

std::optional<std::uint32_t> parse_count(std::string_view text) noexcept {
    std::uint32_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return std::min(count, kMostCounted);
}

std::optional<Instant> parse_time(std::string_view text) noexcept {
    const auto time = parse_rfc3339(text);
    if (!time || *time < sys_seconds{}) return std::nullopt;
    return Instant(*time);
}

std::optional<SlidingCounter> parse_counts(Instant newest, std::string_view text) noexcept {
    const std::int64_t span = SlidingCounter::span_of(newest);
    Words words(text);
    SlidingCounter counts;
    std::int64_t age = 0;
    do {
        const auto count = parse_count(words.next(','));
        if (!count || age == static_cast<std::int64_t>(SlidingCounter::kSpans)) return std::nullopt;
        counts.add_to(span - age++, *count);
    } while (!words.are_over());
    return counts;
}

}  // namespace

sys_seconds to_seconds(Instant time) noexcept {
    return std::chrono::ceil<std::chrono::seconds>(time);
}

std::string state_of(const StepsEntry& entry) {
    return with_lateness("failures=" + std::to_string(entry.steps.failures()) +
                             " last=" + in_text(entry.steps.last()),
                         entry.is_late);
}

std::string state_of(const GuessesEntry& entry) {
    // One time for both: the older of the two counts is moved to it.
    const std::int64_t newest = std::max(entry.strangers.newest(), entry.others.newest());
    SlidingCounter strangers = entry.strangers;
    SlidingCounter others = entry.others;
    strangers.add_to(newest, 0);
    others.add_to(newest, 0);
    return with_lateness("newest=" + in_text(SlidingCounter::begin_of(newest)) + " strangers=" +
                             in_text(strangers.counts()) + " others=" + in_text(others.counts()),
                         entry.is_late);
}

std::string state_of(const SignUpsEntry& entry) {
    return with_lateness("newest=" + in_text(SlidingCounter::begin_of(entry.made.newest())) +
                             " sign-ups=" + in_text(entry.made.counts()),
                         entry.is_late);
}

std::string state_of(const KnownEntry& entry) {
    std::string text;
    for (const KnownEntry::Known& known : entry.networks) {
        if (!text.empty()) text += ' ';
        text += known.network.text() + '@' + in_text(known.since);
    }
    return text;
}

template <>
std::optional<StepsEntry> parse_state(std::string_view text) {
    Words words(text);
    const auto failures = parse_count(words.next_value("failures"));
    const auto last = parse_time(words.next_value("last"));
    const auto is_late = words.lateness();
    if (!failures || *failures == 0 || !last || !is_late) return std::nullopt;
    StepsEntry entry;
    entry.steps = BackOff(*failures, *last);
    entry.is_late = *is_late;
    return entry;
}

template <>
std::optional<GuessesEntry> parse_state(std::string_view text) {
    Words words(text);
    const auto newest = parse_time(words.next_value("newest"));
    if (!newest) return std::nullopt;
    const auto strangers = parse_counts(*newest, words.next_value("strangers"));
    const auto others = parse_counts(*newest, words.next_value("others"));
    const auto is_late = words.lateness();
    if (!strangers || !others || !is_late) return std::nullopt;
    GuessesEntry entry;
    entry.strangers = *strangers;
    entry.others = *others;
    entry.is_late = *is_late;
    return entry;
}

template <>
std::optional<SignUpsEntry> parse_state(std::string_view text) {
    Words words(text);
    const auto newest = parse_time(words.next_value("newest"));
    if (!newest) return std::nullopt;
    const auto made = parse_counts(*newest, words.next_value("sign-ups"));
    const auto is_late = words.lateness();
    if (!made || !is_late) return std::nullopt;
    SignUpsEntry entry;
    entry.made = *made;
    entry.is_late = *is_late;
    return entry;
}

template <>
std::optional<KnownEntry> parse_state(std::string_view text) {
    Words words(text);
    KnownEntry entry;
    do {
        Words word(words.next());
        const auto network = IpNetwork::parse(word.next('@'));
        const auto since = parse_time(word.next());
        if (!network || !since) return std::nullopt;
        entry.networks.push_back({*network, *since});
    } while (!words.are_over());
    return entry;
}

}  // namespace roster::accounts
