#include "accounts/rate_limit/sliding_counter.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <random>

namespace roster::accounts {
namespace {

using namespace std::chrono_literals;

const Instant kStart = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};

TEST(SlidingCounter, CountsForAnHourAndAtMostFiveMinutesMore) {
    for (const auto offset : {0ms, 1ms, 299'999ms}) {
        SlidingCounter count;
        count.add(kStart + offset);
        EXPECT_EQ(count.total(kStart + offset), 1U);
        EXPECT_EQ(count.total(kStart + offset + 1h), 1U);
        EXPECT_EQ(count.total(kStart + 65min - 1ms), 1U);
        EXPECT_EQ(count.total(kStart + 65min), 0U);
    }
}

TEST(SlidingCounter, SaysHowLongUntilItIsBelow) {
    SlidingCounter count;
    count.add(kStart, 3);
    count.add(kStart + 10min, 2);
    const Instant now = kStart + 20min;
    EXPECT_EQ(count.wait_below(6, now), 0s);
    EXPECT_EQ(count.wait_below(5, now), 45min);
    EXPECT_EQ(count.wait_below(3, now), 45min);
    EXPECT_EQ(count.wait_below(2, now), 55min);
    EXPECT_EQ(count.wait_below(1, now), 55min);
    EXPECT_EQ(count.wait_below(0, now), 60min);
}

TEST(SlidingCounter, ForgetsEverythingInALongPause) {
    SlidingCounter count;
    for (int i = 0; i < 13; ++i)
        count.add(kStart + i * 5min, 1);
    EXPECT_EQ(count.total(kStart + 60min), 13U);
    count.add(kStart + 24h);
    EXPECT_EQ(count.total(kStart + 24h), 1U);
}

TEST(SlidingCounter, WorksAtTheBeginningOfTime) {
    SlidingCounter count;
    count.add(Instant{});
    EXPECT_EQ(count.total(Instant{} + 1h), 1U);
    EXPECT_EQ(count.total(Instant{} + 65min), 0U);
}

TEST(SlidingCounter, AddsUp) {
    SlidingCounter a;
    a.add(kStart, 2);
    SlidingCounter b;
    b.add(kStart + 30min, 3);
    SlidingCounter sum = a;
    sum.add(b);
    EXPECT_EQ(sum.total(kStart + 30min), 5U);
    EXPECT_EQ(sum.total(kStart + 65min), 3U);
    b.add(a);
    EXPECT_EQ(b.counts(), sum.counts());
}

TEST(SlidingCounter, NeverCountsLessThanTheHourNorMoreThanFiveMinutesBeyond) {
    std::mt19937 random(1);
    SlidingCounter count;
    std::deque<Instant> all;
    Instant now = kStart;
    for (int i = 0; i < 20'000; ++i) {
        now += std::chrono::milliseconds(random() % (random() % 20 == 0 ? 4'000'000 : 100'000));
        count.add(now);
        all.push_back(now);
        std::uint32_t of_hour = 0;
        std::uint32_t of_more = 0;
        for (const Instant time : all) {
            if (time > now - 1h) ++of_hour;
            if (time > now - 65min) ++of_more;
        }
        while (all.front() <= now - 65min)
            all.pop_front();
        ASSERT_GE(count.total(now), of_hour);
        ASSERT_LE(count.total(now), of_more);
    }
}

}  // namespace
}  // namespace roster::accounts
