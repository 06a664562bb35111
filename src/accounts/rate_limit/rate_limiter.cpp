// How an attempt waits for another: it is queued at the bucket that is in its way. An attempt that
// ends decides for the first one in the queue, and wakes it if it is let through or refused.

#include "accounts/rate_limit/rate_limiter.hpp"

#include <sodium.h>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <iterator>
#include <memory>
#include <new>

namespace roster::accounts {

namespace asio = boost::asio;

namespace {

using std::chrono::milliseconds;
using std::chrono::sys_seconds;

// Evictions that no record was handed out for. Beyond that a store keeps some records too long.
constexpr std::size_t kMaxUnsavedEvictions = 4096;

// Every bucket is in use.
constexpr std::chrono::seconds kFull{1};

// A clock may say anything.
Instant sane(sys_seconds wall) noexcept {
    constexpr sys_seconds kLatest =
        std::chrono::sys_days{std::chrono::year{9000} / std::chrono::January / 1};
    return std::clamp(wall, sys_seconds{}, kLatest);
}

}  // namespace

/// An attempt in a queue, guarded by the limiter's mutex but for its timer, which only its own
/// executor touches.
struct Waiter {
    Waiter(RateLimiter& its_limiter, AttemptKey its_attempt, asio::any_io_executor its_executor)
        : limiter(its_limiter),
          attempt(std::move(its_attempt)),
          executor(std::move(its_executor)),
          timer(std::make_shared<asio::steady_timer>(executor, limiter.limits_.patience)) {}
    ~Waiter() {
        const std::lock_guard lock(limiter.mutex_);
        leave_queue();
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    void enqueue(Bucket& bucket) {
        if (queue == &bucket) return;
        leave_queue();
        place = bucket.waiters.insert(bucket.waiters.end(), this);
        queue = &bucket;
    }

    void leave_queue() noexcept {
        if (queue != nullptr) queue->waiters.erase(place);
        queue = nullptr;
    }

    RateLimiter& limiter;
    const AttemptKey attempt;
    const asio::any_io_executor executor;
    const std::shared_ptr<asio::steady_timer> timer;
    /// Once it is in no queue.
    Admission admission;
    Bucket* queue = nullptr;
    std::list<Waiter*>::iterator place;
};

std::string account_key(UserId id) {
    return "account:" + std::to_string(id);
}

std::string account_key(std::string_view email) {
    const std::string folded = fold_email(email);
    std::array<unsigned char, crypto_generichash_BYTES_MIN> digest{};
    crypto_generichash(digest.data(), digest.size(),
                       reinterpret_cast<const unsigned char*>(folded.data()), folded.size(),
                       nullptr, 0);
    constexpr std::size_t kKept = 8;
    std::array<char, 2 * kKept + 1> hex{};
    sodium_bin2hex(hex.data(), hex.size(), digest.data(), kKept);
    return std::string("email:") + hex.data();
}

LimiterRecords Admission::end(Outcome outcome) {
    if (state_.limiter == nullptr) return {};
    RateLimiter& limiter = *state_.limiter;
    const std::lock_guard lock(limiter.mutex_);
    if (outcome == Outcome::failed || outcome == Outcome::signed_up) limiter.count(state_);
    if (outcome == Outcome::succeeded) {
        Bucket& pair = *state_.buckets[kPair];
        if (std::exchange(pair.failures, 0) > 0) limiter.changes_.insert(pair.key);
    }
    limiter.release(state_);
    if (outcome == Outcome::succeeded && state_.credentials)
        limiter.mark_known(state_.known, *state_.credentials);
    return outcome == Outcome::failed ? limiter.records_of_changes() : LimiterRecords();
}

RateLimiter::RateLimiter(RateLimits limits, Clock clock)
    : RateLimiter(limits, clock, sane(clock.wall())) {}

RateLimiter::RateLimiter(RateLimits limits, Clock clock, Instant begun)
    : limits_(limits),
      clock_(std::move(clock)),
      begun_steady_(clock_.now()),
      begun_(begun),
      maps_{BucketMap("network ", limits_.buckets), BucketMap("guesses ", limits_.buckets),
            BucketMap("guesser ", limits_.buckets), BucketMap("sign-ups ", limits_.buckets),
            BucketMap("known ", limits_.known_networks)} {}

Instant RateLimiter::now() const {
    return begun_ + std::chrono::floor<milliseconds>(clock_.now() - begun_steady_);
}

void RateLimiter::begin_at_most_at(Instant latest) {
    begun_ = std::min(begun_, latest);
}

asio::awaitable<Admission> RateLimiter::admit(AttemptKey attempt) {
    const auto executor = co_await asio::this_coro::executor;
    Waiter waiter(*this, std::move(attempt), executor);
    {
        const std::lock_guard lock(mutex_);
        waiter.admission = decide(keys_of(waiter.attempt), &waiter);
        if (waiter.queue == nullptr) co_return std::move(waiter.admission);
    }
    boost::system::error_code woken_or_not;
    co_await waiter.timer->async_wait(asio::redirect_error(asio::use_awaitable, woken_or_not));
    const std::lock_guard lock(mutex_);
    if (waiter.queue != nullptr) waiter.admission = decide(keys_of(waiter.attempt), nullptr);
    co_return std::move(waiter.admission);
}

Admission RateLimiter::begin(Keys keys) {
    const std::lock_guard lock(mutex_);
    return decide(std::move(keys), nullptr);
}

std::string RateLimiter::key_of(Kind kind, const std::string& account,
                                const std::string& source) const {
    std::string key(maps_[kind].prefix());
    key += account;
    if (!account.empty() && !source.empty()) key += ' ';
    return key += source;
}

std::vector<std::string> RateLimiter::Keys::all() const {
    std::vector<std::string> keys;
    std::copy_if(of.begin(), of.end(), std::back_inserter(keys),
                 [](const std::string& key) { return !key.empty(); });
    return keys;
}

RateLimiter::Keys RateLimiter::keys_of_sign_up(const OptionalAddress& from) const {
    Keys keys;
    if (limits_.enabled && from && !from->is_loopback())
        keys.of[kSignUps] = key_of(kSignUps, {}, IpNetwork(*from).text());
    return keys;
}

RateLimiter::Keys RateLimiter::keys_of(const AttemptKey& attempt) const {
    Keys keys;
    if (!limits_.enabled || !attempt.address) return keys;
    const IpNetwork network(*attempt.address);
    const bool has_session = attempt.session != 0;
    const std::string source =
        has_session ? "session:" + std::to_string(attempt.session) : network.text();
    keys.of[kAccount] = key_of(kAccount, attempt.account, {});
    keys.of[kPair] = key_of(kPair, attempt.account, source);
    keys.of[kKnown] = key_of(kKnown, attempt.account, network.text());
    keys.credentials = attempt.credentials;
    keys.is_trusted = has_session;
    if (!keys.is_trusted && !network.is_loopback())
        keys.of[kNetwork] = key_of(kNetwork, {}, network.text());
    return keys;
}

// Strangers cannot lock out the owner: the holder of a session of the account, or of a network that
// it was logged in from, is trusted: may use the reserve, and is not limited by network alone.
void RateLimiter::recognise(Keys& keys) {
    const Bucket* known = maps_[kKnown].find(keys.of[kKnown]);
    const bool is_known = known != nullptr && keys.credentials &&
                          known->credentials == *keys.credentials + 1 &&
                          now() < known->over_at(limits_);
    if (!is_known) return;
    keys.is_trusted = true;
    keys.of[kNetwork].clear();
}

Wait RateLimiter::wait_of(std::size_t kind, const Bucket& bucket, bool is_trusted) const {
    switch (kind) {
        case kNetwork: return bucket.wait_as_network(limits_, now());
        case kPair: return bucket.wait_for_turn(limits_, now());
        case kSignUps: return bucket.wait_hourly(limits_.sign_ups_per_hour, now());
        default: break;
    }
    const std::uint32_t reserved = is_trusted ? 0 : limits_.reserved_per_hour;
    return bucket.wait_hourly(limits_.account_per_hour - reserved, now());
}

RateLimiter::Obstacle RateLimiter::obstacle_to(const Keys& keys) {
    Obstacle obstacle;
    for (std::size_t kind = 0; kind < kKindsOfCounts; ++kind) {
        Bucket* bucket = maps_[kind].find(keys.of[kind]);
        const Wait wait = bucket == nullptr ? Wait() : wait_of(kind, *bucket, keys.is_trusted);
        if (wait > obstacle.wait) obstacle = {wait, bucket};
    }
    return obstacle;
}

// A waiter is queued where others are in its way, and otherwise leaves its queue.
Admission RateLimiter::decide(Keys keys, Waiter* waiter) {
    recognise(keys);
    Admission admission;
    Admission::State& state = admission.state_;
    const Obstacle obstacle = obstacle_to(keys);
    if (obstacle.wait.is_crowded() && waiter != nullptr) {
        waiter->enqueue(*obstacle.bucket);
        return admission;
    }
    if (obstacle.bucket != nullptr) {
        state.wait = obstacle.wait.time;
    } else if (!reserve(keys, state)) {
        state.wait = kFull;
    }
    if (waiter != nullptr) waiter->leave_queue();
    return admission;
}

Bucket* RateLimiter::insert(BucketMap& map, Bucket bucket) {
    if (const Bucket* evicted = map.next_to_evict(limits_, now())) {
        // A store must drop it, too, or it would grow with a flood.
        if (changes_.size() < kMaxUnsavedEvictions) changes_.insert(evicted->key);
        map.erase(evicted->key);
    }
    return map.insert(std::move(bucket));
}

Bucket* RateLimiter::find_or_insert(BucketMap& map, const std::string& key) {
    Bucket* bucket = map.find(key);
    return bucket != nullptr ? bucket : insert(map, Bucket(key));
}

// Nothing is reserved before there is a bucket for everything.
bool RateLimiter::reserve(const Keys& keys, Admission::State& attempt) {
    for (std::size_t kind = 0; kind < kKindsOfCounts; ++kind) {
        if (keys.of[kind].empty()) continue;
        attempt.buckets[kind] = find_or_insert(maps_[kind], keys.of[kind]);
        if (attempt.buckets[kind] == nullptr) return false;
    }
    for (Bucket* bucket : attempt.buckets) {
        if (bucket == nullptr) continue;
        attempt.limiter = this;
        ++bucket->in_flight;
    }
    attempt.known = keys.of[kKnown];
    attempt.credentials = keys.credentials;
    return true;
}

// Others may evict a bucket as soon as it is not in use: it is not touched after that.
void RateLimiter::release(Admission::State& attempt) noexcept {
    attempt.limiter = nullptr;
    for (std::size_t kind = 0; kind < kKindsOfCounts; ++kind) {
        Bucket* bucket = attempt.buckets[kind];
        if (bucket == nullptr) continue;
        --bucket->in_flight;
        serve(*bucket);
        if (bucket->is_empty() && !bucket->is_in_use()) maps_[kind].erase(bucket->key);
    }
}

// One that was let through holds its place from now on, even before it runs.
void RateLimiter::serve(Bucket& bucket) noexcept {
    try {
        while (!bucket.waiters.empty()) {
            Waiter& first = *bucket.waiters.front();
            first.admission = decide(keys_of(first.attempt), &first);
            if (first.queue == &bucket) return;
            if (first.queue != nullptr) continue;
            asio::post(first.executor, [timer = first.timer] { timer->cancel(); });
        }
    } catch (const std::bad_alloc&) {  // they wait on, until their deadlines
    }
}

void RateLimiter::count(const Admission::State& attempt) {
    for (std::size_t kind = 0; kind < kKindsOfCounts; ++kind) {
        Bucket* bucket = attempt.buckets[kind];
        if (bucket == nullptr) continue;
        if (kind == kAccount || kind == kSignUps)
            bucket->count_hourly(now());
        else
            bucket->count_failure(limits_, now());
        maps_[kind].touch(*bucket, limits_);
    }
    // Only now, when all is counted: there may be no memory for this.
    for (const Bucket* bucket : attempt.buckets)
        if (bucket != nullptr) changes_.insert(bucket->key);
}

void RateLimiter::make_known(UserId user, Revision credentials, const OptionalAddress& from) {
    if (!limits_.enabled || !from) return;
    const std::lock_guard lock(mutex_);
    mark_known(key_of(kKnown, account_key(user), IpNetwork(*from).text()), credentials);
}

void RateLimiter::mark_known(const std::string& key, Revision credentials) {
    Bucket* known = find_or_insert(maps_[kKnown], key);
    if (known == nullptr) return;
    maps_[kKnown].touch(*known, limits_);
    // Known since a day or since a month: that is no difference worth a write each time.
    const bool is_fresh =
        known->credentials == credentials + 1 && now() < known->last + std::chrono::days(1);
    if (is_fresh) return;
    known->credentials = credentials + 1;
    known->last = now();
    changes_.insert(key);
}

std::size_t RateLimiter::size() const {
    const std::lock_guard lock(mutex_);
    std::size_t size = 0;
    for (const BucketMap& map : maps_)
        size += map.size();
    return size;
}

}  // namespace roster::accounts
