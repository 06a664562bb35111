// How an attempt waits for another: it is queued at the bucket that is in its way, and stays there
// until it is let through or refused. An attempt that ends wakes the first one that still sleeps;
// one that was woken and does not get in wakes the next, so that no wake-up is lost.

#include "accounts/rate_limit/rate_limiter.hpp"

#include "accounts/rate_limit/waiter.hpp"

#include <sodium.h>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace roster::accounts {

namespace asio = boost::asio;

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::sys_seconds;

// Stores keep a record longer than it counts: clocks are wrong at times.
constexpr std::chrono::hours kClockDoubt{24};

// Evictions that no record was handed out for. Beyond that a store keeps some records too long.
constexpr std::size_t kMaxUnsavedEvictions = 4096;

// Every bucket is in use.
constexpr Wait kFull{std::chrono::seconds(1), false};

// A clock may say anything.
Instant sane(sys_seconds wall) noexcept {
    constexpr sys_seconds kLatest =
        std::chrono::sys_days{std::chrono::year{9000} / std::chrono::January / 1};
    return std::clamp(wall, sys_seconds{}, kLatest);
}

std::string join(std::string_view prefix, const std::string& first, const std::string& second) {
    std::string key(prefix);
    return key += first + ' ' + second;
}

// What is in the way of an attempt for longest. Attempts under way count only if nothing else is.
struct Obstacle {
    void consider(const Wait& other, Bucket& its_bucket) noexcept {
        const bool is_worse = !wait.is_any() || (wait.is_crowded && !other.is_crowded) ||
                              (wait.is_crowded == other.is_crowded && other.time > wait.time);
        if (!other.is_any() || !is_worse) return;
        wait = other;
        bucket = &its_bucket;
    }

    Wait wait;
    Bucket* bucket = nullptr;
};

}  // namespace

std::string account_key(UserId id) {
    return "account:" + std::to_string(id);
}

std::string account_key(std::string_view email) {
    const std::string folded = fold_email(email);
    std::array<unsigned char, 8> digest{};
    std::array<unsigned char, crypto_generichash_BYTES_MIN> whole{};
    crypto_generichash(whole.data(), whole.size(),
                       reinterpret_cast<const unsigned char*>(folded.data()), folded.size(),
                       nullptr, 0);
    std::copy_n(whole.begin(), digest.size(), digest.begin());
    std::array<char, 2 * digest.size() + 1> hex{};
    sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
    return std::string("email:") + hex.data();
}

Admission::~Admission() {
    if (state_.limiter == nullptr) return;
    const std::lock_guard lock(state_.limiter->mutex_);
    state_.limiter->release(state_);
}

LimiterRecords Admission::failed() {
    RateLimiter* const limiter = std::exchange(state_.limiter, nullptr);
    if (limiter == nullptr) return {};
    const std::lock_guard lock(limiter->mutex_);
    limiter->fail(state_);
    return limiter->records_of_changes();
}

void Admission::succeeded() {
    RateLimiter* const limiter = std::exchange(state_.limiter, nullptr);
    if (limiter == nullptr) return;
    const std::lock_guard lock(limiter->mutex_);
    limiter->succeed(state_);
}

RateLimiter::RateLimiter(RateLimits limits, Clock clock)
    : limits_(limits),
      clock_(std::move(clock)),
      begun_steady_(clock_.steady()),
      begun_(sane(clock_.wall())) {}

Instant RateLimiter::now() const {
    return begun_ + std::chrono::floor<milliseconds>(clock_.steady() - begun_steady_);
}

asio::awaitable<Admission> RateLimiter::admit(AttemptKey attempt) {
    const auto executor = co_await asio::this_coro::executor;
    Waiter waiter(*this, executor, limits_.patience);
    for (;;) {
        Admission admission = begin(attempt, &waiter);
        if (!waiter.is_queued()) co_return admission;
        co_await waiter.wait();
    }
}

Admission RateLimiter::begin(const AttemptKey& attempt, Waiter* waiter) {
    Admission admission;
    if (!limits_.enabled || !attempt.address) return admission;
    Admission::State& state = admission.state_;
    const std::lock_guard lock(mutex_);
    const bool trusted = choose_buckets(attempt, state);
    Obstacle obstacle;
    if (Bucket* pair = pairs_.find(state.pair))
        obstacle.consider(pair->wait_for_turn(limits_, now()), *pair);
    if (Bucket* whole = networks_.find(state.network))
        obstacle.consider(whole->wait_as_network(limits_, now()), *whole);
    if (Bucket* account = accounts_.find(state.account)) {
        const std::uint32_t reserved = trusted ? 0 : limits_.reserved_per_hour;
        obstacle.consider(account->wait_hourly(limits_.account_per_hour - reserved, now()),
                          *account);
    }
    const bool may_wait = obstacle.wait.is_crowded && waiter != nullptr && waiter->has_patience();
    if (may_wait) {
        enqueue(*waiter, *obstacle.bucket);
        return admission;
    }
    if (obstacle.bucket != nullptr) {
        refuse(admission, obstacle.wait, *obstacle.bucket);
    } else if (!reserve(state)) {
        state.wait = kFull.time;
        state.audit_count = 1;
    } else {
        state.limiter = this;
        if (waiter != nullptr) waiter->is_woken = false;  // it took the place it was woken for
    }
    if (waiter != nullptr) leave_queue(*waiter);
    return admission;
}

// Strangers cannot lock out the owner: the holder of a session of the account, or of a network that
// it was logged in from, is trusted: may use the reserve, and is not limited by network alone.
bool RateLimiter::choose_buckets(const AttemptKey& attempt, Admission::State& state) {
    const IpNetwork network(*attempt.address);
    const bool has_session = attempt.session != 0;
    const std::string source =
        has_session ? "session:" + std::to_string(attempt.session) : network.text();
    state.account = std::string(accounts_.prefix()) + attempt.account;
    state.pair = join(pairs_.prefix(), attempt.account, source);
    state.known = join(known_.prefix(), attempt.account, network.text());
    state.credentials = attempt.credentials;
    const Bucket* known = known_.find(state.known);
    const bool is_known = known != nullptr && attempt.credentials &&
                          known->credentials == *attempt.credentials + 1 &&
                          now() < known->over_at(limits_);
    const bool is_trusted = has_session || is_known;
    if (!is_trusted && !network.is_loopback())
        state.network = std::string(networks_.prefix()) + network.text();
    return is_trusted;
}

void RateLimiter::refuse(Admission& admission, const Wait& wait, Bucket& bucket) {
    admission.state_.wait = wait.time;
    admission.state_.audit_count = bucket.refusals.refused();
}

Bucket* RateLimiter::find_or_insert(BucketMap& map, const std::string& key) {
    if (Bucket* bucket = map.find(key)) return bucket;
    if (const auto evicted = map.next_to_evict(limits_, now())) {
        // A store must drop it, too, or it would grow with a flood.
        if (changes_.size() < kMaxUnsavedEvictions) changes_.insert(*evicted);
        map.erase(*evicted);
    }
    return map.find_or_insert(key);
}

// Nothing is reserved before there is a bucket for everything.
bool RateLimiter::reserve(const Admission::State& attempt) {
    const bool by_network = !attempt.network.empty();
    Bucket* const pair = find_or_insert(pairs_, attempt.pair);
    Bucket* const account = find_or_insert(accounts_, attempt.account);
    Bucket* const network = by_network ? find_or_insert(networks_, attempt.network) : nullptr;
    if (pair == nullptr || account == nullptr || (by_network && network == nullptr)) return false;
    for (Bucket* bucket : {pair, account, network}) {
        if (bucket == nullptr) continue;
        ++bucket->in_flight;
        bucket->refusals.admitted();
    }
    return true;
}

void RateLimiter::release(const Admission::State& attempt) noexcept {
    const std::array<std::pair<BucketMap*, const std::string*>, 3> places{
        {{&pairs_, &attempt.pair}, {&networks_, &attempt.network}, {&accounts_, &attempt.account}}};
    for (const auto& [map, key] : places) {
        Bucket* bucket = map->find(*key);
        if (bucket == nullptr) continue;
        --bucket->in_flight;
        wake_next(*bucket);
        if (bucket->is_empty() && !bucket->is_in_use()) map->erase(*key);
    }
}

void RateLimiter::fail(const Admission::State& attempt) {
    pairs_.find(attempt.pair)->count_failure(limits_, now());
    accounts_.find(attempt.account)->count_hourly(now());
    if (Bucket* network = networks_.find(attempt.network)) network->count_failure(limits_, now());
    pairs_.touch(attempt.pair, limits_);
    accounts_.touch(attempt.account, limits_);
    networks_.touch(attempt.network, limits_);
    release(attempt);
    // Only now, when all is counted: there may be no memory for this.
    changes_.insert({attempt.pair, attempt.account});
    if (!attempt.network.empty()) changes_.insert(attempt.network);
}

void RateLimiter::succeed(const Admission::State& attempt) {
    Bucket* pair = pairs_.find(attempt.pair);
    const bool was_counted = std::exchange(pair->failures, 0) > 0;
    release(attempt);
    if (was_counted) changes_.insert(attempt.pair);
    if (attempt.credentials) mark_known(attempt.known, *attempt.credentials);
}

void RateLimiter::make_known(UserId user, Revision credentials, const OptionalAddress& from) {
    if (!limits_.enabled || !from) return;
    const std::lock_guard lock(mutex_);
    mark_known(join(known_.prefix(), account_key(user), IpNetwork(*from).text()), credentials);
}

void RateLimiter::mark_known(const std::string& key, Revision credentials) {
    Bucket* known = find_or_insert(known_, key);
    if (known == nullptr) return;
    known_.touch(key, limits_);
    // Known since a day or since a month: that is no difference worth a write each time.
    const bool is_fresh =
        known->credentials == credentials + 1 && now() < known->last + std::chrono::days(1);
    if (is_fresh) return;
    known->credentials = credentials + 1;
    known->last = now();
    changes_.insert(key);
}

Admission RateLimiter::begin_sign_up(const OptionalAddress& from) {
    Admission admission;
    if (!limits_.enabled || !from) return admission;
    const IpNetwork network(*from);
    if (network.is_loopback()) return admission;
    const std::lock_guard lock(mutex_);
    const std::string key = std::string(sign_ups_.prefix()) + network.text();
    if (Bucket* bucket = sign_ups_.find(key)) {
        const Wait wait = bucket->wait_hourly(limits_.sign_ups_per_hour, now());
        if (wait.is_any()) {
            refuse(admission, wait, *bucket);
            return admission;
        }
    }
    Bucket* bucket = find_or_insert(sign_ups_, key);
    if (bucket == nullptr) return admission;
    bucket->refusals.admitted();
    bucket->count_hourly(now());
    sign_ups_.touch(key, limits_);
    return admission;
}

void RateLimiter::end_sign_up(const OptionalAddress& from, bool counts) {
    if (!from) return;
    const std::lock_guard lock(mutex_);
    const std::string key = std::string(sign_ups_.prefix()) + IpNetwork(*from).text();
    Bucket* bucket = sign_ups_.find(key);
    if (bucket == nullptr) return;
    if (counts) {
        changes_.insert(key);
        return;
    }
    bucket->uncount_hourly();
    if (bucket->is_empty()) sign_ups_.erase(key);
}

LimiterRecords RateLimiter::take_changes() {
    const std::lock_guard lock(mutex_);
    return records_of_changes();
}

LimiterRecords RateLimiter::records_of_changes() {
    LimiterRecords records;
    records.reserve(changes_.size());
    for (const std::string& key : changes_) {
        LimiterRecord& record = records.emplace_back();
        record.key = key;
        Instant until = now();
        BucketMap* map = map_of(key);
        const Bucket* bucket = map == nullptr ? nullptr : map->find(key);
        if (bucket != nullptr && !bucket->is_empty()) {
            record.state = bucket->record();
            until = bucket->over_at(limits_) + kClockDoubt;
        }
        record.until = std::chrono::ceil<std::chrono::seconds>(until);
    }
    changes_.clear();
    return records;
}

BucketMap* RateLimiter::map_of(std::string_view key) {
    const auto found = std::find_if(maps_.begin(), maps_.end(), [key](const BucketMap* map) {
        return key.starts_with(map->prefix());
    });
    return found == maps_.end() ? nullptr : *found;
}

std::size_t RateLimiter::restore(const LimiterRecords& records) {
    if (!limits_.enabled) return 0;
    const std::lock_guard lock(mutex_);
    std::size_t ignored = 0;
    for (const LimiterRecord& record : records) {
        if (restore(record)) continue;
        ++ignored;
        changes_.insert(record.key);
    }
    return ignored;
}

// While the server was off the wall clock may have been set. What lies in the future is taken for
// what has just happened; what is over is dropped.
bool RateLimiter::restore(const LimiterRecord& record) {
    BucketMap* map = map_of(record.key);
    if (map == nullptr) return false;
    map->erase(record.key);
    if (record.state.empty()) return true;
    auto read = Bucket::parse(record.state);
    if (!read) return false;
    if (read->last > now()) {
        read->last = now();
        changes_.insert(record.key);
    }
    if (read->is_empty() || now() >= read->over_at(limits_)) return true;
    Bucket* bucket = find_or_insert(*map, record.key);
    if (bucket == nullptr) return true;
    *bucket = std::move(*read);
    map->touch(record.key, limits_);
    return true;
}

void RateLimiter::enqueue(Waiter& waiter, Bucket& bucket) {
    if (waiter.queue != &bucket) {
        leave_queue(waiter);
        waiter.place = bucket.waiters.insert(bucket.waiters.end(), &waiter);
        waiter.queue = &bucket;
    }
    waiter.is_woken = false;
}

void RateLimiter::leave_queue(Waiter& waiter) noexcept {
    Bucket* bucket = std::exchange(waiter.queue, nullptr);
    if (bucket == nullptr) return;
    bucket->waiters.erase(waiter.place);
    if (std::exchange(waiter.is_woken, false)) wake_next(*bucket);
}

void RateLimiter::wake_next(Bucket& bucket) noexcept {
    const auto next = std::find_if(bucket.waiters.begin(), bucket.waiters.end(),
                                   [](const Waiter* waiter) { return !waiter->is_woken; });
    if (next == bucket.waiters.end()) return;
    (*next)->is_woken = true;
    (*next)->timer.cancel();
}

std::size_t RateLimiter::size() const {
    const std::lock_guard lock(mutex_);
    std::size_t size = 0;
    for (const BucketMap* map : maps_)
        size += map->size();
    return size;
}

}  // namespace roster::accounts
