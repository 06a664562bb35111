#include "accounts/stored_rate_limiter.hpp"

#include "accounts/rate_limit/policy.hpp"
#include "accounts/wait_for.hpp"
#include "core/time.hpp"

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace roster::accounts {

namespace asio = boost::asio;

namespace {

// What is kept of the time with the counts, so that a wall clock that was set ahead while the
// server was off does not end them: within one boot, the system's uptime says how long it was off.
constexpr std::string_view kClockKey = "clock";

// "1795338000000 86400 0b6d3c2e-…": the limiter's time, the uptime, and which boot it is of.
LimiterRecord clock_record(Instant now, const Uptime& uptime) {
    const std::string state = std::to_string(now.time_since_epoch().count()) + ' ' +
                              std::to_string(uptime.time.count()) + ' ' + uptime.boot;
    return {std::string(kClockKey), state,
            std::chrono::ceil<std::chrono::seconds>(now + kLongestDuration)};
}

// The time, by how long the system has run since. nullopt: the record is of another boot.
std::optional<Instant> now_by(const LimiterRecord& record, const Uptime& uptime) {
    std::istringstream text(record.state);
    Instant::rep then = 0;
    std::chrono::seconds::rep up = 0;
    std::string boot;
    text >> then >> up >> boot;
    const std::chrono::seconds off = uptime.time - std::chrono::seconds(up);
    const bool is_of_this_boot = text && boot == uptime.boot && off.count() >= 0;
    if (!is_of_this_boot) return std::nullopt;
    return Instant(std::chrono::milliseconds(then)) + off;
}

}  // namespace

StoredRateLimiter::StoredRateLimiter(Store& store, RateLimits limits, Clock clock,
                                     std::shared_ptr<Log> log)
    : store_(store),
      is_shared_(store.is_shared()),
      limits_(limits),
      clock_(std::move(clock)),
      log_(std::move(log)),
      limiter_(limits_, clock_) {}

void StoredRateLimiter::load() {
    if (is_shared_) return;
    auto records = wait_for(store_.limiter_records());
    if (!records)
        throw StartupError(Errc::store_unavailable, "the rate limiter's counts cannot be read: " +
                                                        records.error().message());
    const auto clock = std::find_if(records->begin(), records->end(),
                                    [](const auto& record) { return record.key == kClockKey; });
    if (clock != records->end()) {
        set_time(*clock);
        records->erase(clock);
    }
    const std::size_t ignored = limiter_.restore(*records);
    if (ignored != 0)
        log_->warn("{} counts of the rate limiter are in a format of another version; ignored",
                   ignored);
}

// The wall clock may have been set while the server was off.
void StoredRateLimiter::set_time(const LimiterRecord& clock) {
    constexpr std::chrono::minutes kWorthSaying{5};
    const auto uptime = clock_.uptime ? clock_.uptime() : std::nullopt;
    const auto latest = uptime ? now_by(clock, *uptime) : std::nullopt;
    if (!latest) return;
    const auto ahead = std::chrono::floor<std::chrono::minutes>(limiter_.now() - *latest);
    if (ahead > kWorthSaying)
        log_->warn(
            "the clock is {} minutes ahead of the time that has passed since the last run; "
            "for the rate limit that time has passed",
            ahead.count());
    limiter_.begin_at_most_at(*latest);
}

void StoredRateLimiter::save() {
    warn_unless(wait_for(write(limiter_.take_changes())));
}

asio::awaitable<result<Admission>> StoredRateLimiter::admit(AttemptKey attempt) {
    if (is_shared_) {
        RateLimiter::Keys keys = limiter_.keys_of(attempt);
        auto charged = co_await charge(std::move(keys));
        co_return charged;
    }
    Admission admission = co_await limiter_.admit(std::move(attempt));
    co_return std::move(admission);
}

asio::awaitable<result<Admission>> StoredRateLimiter::admit_sign_up(OptionalAddress from) {
    RateLimiter::Keys keys = limiter_.keys_of_sign_up(from);
    if (!is_shared_) co_return limiter_.begin(std::move(keys));
    auto admission = co_await charge(std::move(keys));
    co_return admission;
}

asio::awaitable<result<Admission>> StoredRateLimiter::charge(RateLimiter::Keys keys) {
    Admission admission;
    std::vector<std::string> all = keys.all();
    if (all.empty()) co_return std::move(admission);
    Change decide = [&](RateLimiter& limiter) { admission = limiter.charge(limiter.begin(keys)); };
    const auto saved = co_await change(std::move(all), std::move(decide));
    if (!saved) co_return saved.error();
    co_return std::move(admission);
}

asio::awaitable<result<void>> StoredRateLimiter::change(std::vector<std::string> keys,
                                                        Change change) {
    const auto decide = [&](const LimiterRecords& current, Instant now) {
        RateLimiter limiter(limits_, now);
        limiter.restore(current);
        change(limiter);
        return limiter.take_changes();
    };
    SessionWrite write = DecideLimits(std::move(keys), decide);
    const auto saved = co_await store_.apply_session(std::move(write));
    if (!saved) co_return saved.error();
    co_return result<void>();
}

asio::awaitable<void> StoredRateLimiter::settle(Admission admission, Outcome outcome) {
    if (!is_shared_) {
        LimiterRecords records = admission.end(outcome);
        const auto saved = co_await write(std::move(records));
        co_return warn_unless(saved);
    }
    // It is counted already.
    if (outcome == Outcome::failed || outcome == Outcome::signed_up) co_return;
    std::vector<std::string> keys = admission.charged_keys();
    if (keys.empty()) co_return;
    Change take_back = [&](RateLimiter& limiter) { limiter.take_back(admission, outcome); };
    const auto saved = co_await change(std::move(keys), std::move(take_back));
    warn_unless(saved);
}

asio::awaitable<void> StoredRateLimiter::make_known(UserId user, Revision credentials,
                                                    OptionalAddress from) {
    if (!is_shared_) co_return limiter_.make_known(user, credentials, from);
    AttemptKey attempt(account_key(user), from);
    std::vector<std::string> keys(1, limiter_.keys_of(attempt).of[kKnown]);
    if (keys.front().empty()) co_return;
    Change mark = [&](RateLimiter& limiter) { limiter.make_known(user, credentials, from); };
    const auto saved = co_await change(std::move(keys), std::move(mark));
    warn_unless(saved);
}

// All records are read for each page: few people ask.
asio::awaitable<result<Delays>> StoredRateLimiter::delays(std::string after, std::size_t limit) {
    if (!is_shared_) co_return limiter_.delays(after, limit);
    const auto records = co_await store_.limiter_records();
    if (!records) co_return records.error();
    RateLimits limits = limits_;
    limits.buckets = limits.known_networks = std::max<std::size_t>(records->size(), 1);
    RateLimiter all(limits, clock_.wall());
    all.restore(*records);
    co_return all.delays(after, limit);
}

std::size_t StoredRateLimiter::delayed() const {
    constexpr std::size_t kPage = 1000;
    std::size_t count = 0;
    std::string after;
    do {
        const Delays page = limiter_.delays(after, kPage);
        count += page.items.size();
        after = page.next;
    } while (!after.empty());
    return count;
}

asio::awaitable<result<bool>> StoredRateLimiter::forgive(std::string key) {
    bool is_forgiven = false;
    result<void> saved;
    if (is_shared_) {
        std::vector<std::string> keys(1, key);
        Change forgive = [&](RateLimiter& limiter) { is_forgiven = limiter.forgive(key); };
        saved = co_await change(std::move(keys), std::move(forgive));
    } else if (limiter_.forgive(key)) {
        is_forgiven = true;
        LimiterRecords records = limiter_.take_changes();
        saved = co_await write(std::move(records));
    }
    if (!saved) co_return result<bool>(boost::system::in_place_error, saved.error());
    co_return is_forgiven;
}

asio::awaitable<result<void>> StoredRateLimiter::write(LimiterRecords records) {
    if (records.empty()) co_return result<void>();
    const auto uptime = clock_.uptime ? clock_.uptime() : std::nullopt;
    if (uptime) records.push_back(clock_record(limiter_.now(), *uptime));
    SessionWrite write = SaveLimiterRecords(std::move(records));
    const auto saved = co_await store_.apply_session(std::move(write));
    if (!saved) co_return saved.error();
    co_return result<void>();
}

// In memory the count goes on.
void StoredRateLimiter::warn_unless(const result<void>& saved) const {
    if (saved) return;
    log_->warn("the rate limiter's counts could not be written: {}", saved.error().message());
}

}  // namespace roster::accounts
