#include "accounts/rate_limit/buckets.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <limits>
#include <random>

namespace roster::accounts {
namespace {

using namespace std::chrono_literals;

const Instant kStart = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};

Bucket failed(std::uint32_t failures) {
    Bucket bucket;
    bucket.failures = failures;
    bucket.last = kStart;
    return bucket;
}

TEST(Bucket, StaysWithinOddLimits) {
    constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
    EXPECT_EQ(wait_after(kMost, RateLimits()), 900s);
    RateLimits limits;
    limits.forget_after = 10s;
    EXPECT_EQ(failed(16).wait_for_turn(limits, kStart + 11s).time, 889s)
        << "the wait counts longer";
    limits.free_failures = 0;
    limits.first_wait = 0ms;
    EXPECT_EQ(wait_after(100, limits), 0s);
    limits.first_wait = 2000s;
    EXPECT_EQ(wait_after(1, limits), 900s);
    EXPECT_EQ(wait_after(2, limits), 900s);
    limits.longest_wait = std::chrono::milliseconds::max();
    EXPECT_EQ(wait_after(1000, limits), std::chrono::milliseconds::max());
}

TEST(Bucket, SaysHowLongUntilItIsBelowTheLimit) {
    Bucket bucket;
    for (int i = 0; i < 3; ++i)
        bucket.count_hourly(kStart);
    for (int i = 0; i < 2; ++i)
        bucket.count_hourly(kStart + 10min);
    const Instant now = kStart + 20min;
    EXPECT_EQ(bucket.wait_hourly(6, now).time, 0s);
    EXPECT_EQ(bucket.wait_hourly(5, now).time, 45min);
    EXPECT_EQ(bucket.wait_hourly(3, now).time, 45min);
    EXPECT_EQ(bucket.wait_hourly(2, now).time, 55min);
    EXPECT_EQ(bucket.wait_hourly(1, now).time, 55min);
    EXPECT_EQ(bucket.wait_hourly(0, now).time, 60min);
    bucket.in_flight = 1;
    EXPECT_TRUE(bucket.wait_hourly(6, now).is_crowded());
}

TEST(Bucket, NeverCountsLessThanTheHourNorMoreThanFiveMinutesBeyond) {
    std::mt19937 random(1);
    Bucket bucket;
    std::deque<Instant> all;
    Instant now = kStart;
    for (int i = 0; i < 10'000; ++i) {
        now += std::chrono::milliseconds(random() % (random() % 20 == 0 ? 4'000'000 : 100'000));
        bucket.count_hourly(now);
        all.push_back(now);
        std::uint32_t of_hour = 0;
        for (const Instant time : all)
            if (time > now - 1h) ++of_hour;
        while (all.front() <= now - 65min)
            all.pop_front();
        ASSERT_TRUE(bucket.wait_hourly(of_hour, now).is_any());
        ASSERT_FALSE(bucket.wait_hourly(static_cast<std::uint32_t>(all.size()) + 1, now).is_any());
    }
}

TEST(Bucket, IsItsRecord) {
    Bucket bucket = failed(7);
    bucket.credentials = 9'007'199'254'740'991;
    bucket.count_hourly(kStart);
    bucket.count_hourly(kStart + 60min);
    const std::string record = bucket.record();
    const auto read = Bucket::parse("key", record);
    ASSERT_TRUE(read) << record;
    EXPECT_EQ(read->last, bucket.last);
    EXPECT_EQ(read->failures, 7U);
    EXPECT_EQ(read->credentials, bucket.credentials);
    EXPECT_EQ(read->hourly, bucket.hourly);
    EXPECT_EQ(read->record(), record);
    EXPECT_EQ(failed(7).record(), std::to_string(kStart.time_since_epoch() / 1ms) + " 7 0");
}

}  // namespace
}  // namespace roster::accounts
