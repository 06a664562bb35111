#include "accounts/rate_limit/back_off.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

namespace roster::accounts {
namespace {

using namespace std::chrono_literals;

const RateLimits kLimits;
const Instant kStart = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};

TEST(BackOff, WaitAsLongAsTheTableSays) {
    for (std::uint32_t failures = 0; failures <= 5; ++failures)
        EXPECT_EQ(wait_after(failures, kLimits), 0s) << failures;
    std::uint32_t failures = 5;
    for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 512s, 900s, 900s})
        EXPECT_EQ(wait_after(++failures, kLimits), wait) << failures;
    EXPECT_EQ(wait_after(std::numeric_limits<std::uint32_t>::max(), kLimits), 900s);
}

TEST(BackOff, StayWithinOddLimits) {
    RateLimits limits;
    limits.free_failures = 0;
    limits.first_wait = 0ms;
    EXPECT_EQ(wait_after(100, limits), 0s);
    limits.first_wait = 2000s;
    EXPECT_EQ(wait_after(1, limits), 900s);
    EXPECT_EQ(wait_after(2, limits), 900s);
    limits.longest_wait = std::chrono::milliseconds::max();
    EXPECT_EQ(wait_after(1000, limits), std::chrono::milliseconds::max());
}

TEST(BackOff, CountDownToTheMillisecond) {
    const BackOff steps(8, kStart);
    EXPECT_EQ(steps.wait(kLimits, kStart), 4s);
    EXPECT_EQ(steps.wait(kLimits, kStart + 1ms), 3999ms);
    EXPECT_EQ(steps.wait(kLimits, kStart + 3999ms), 1ms);
    EXPECT_EQ(steps.wait(kLimits, kStart + 4s), 0s);
}

TEST(BackOff, AreForgottenAnHourAfterTheLast) {
    BackOff steps(16, kStart);
    EXPECT_EQ(steps.failures(kLimits, kStart + 1h - 1ms), 16U);
    EXPECT_EQ(steps.failures(kLimits, kStart + 1h), 0U);
    steps.reserve();
    steps.fail(kLimits, kStart + 1h);
    EXPECT_EQ(steps.failures(), 1U);
}

TEST(BackOff, AreNotForgottenWhileTheyMakeWait) {
    RateLimits limits;
    limits.forget_after = 10s;
    const BackOff steps(16, kStart);
    EXPECT_EQ(steps.wait(limits, kStart + 11s), 889s);
}

TEST(BackOff, LetThroughAtOnceWhatIsFreeAndNoMore) {
    BackOff steps;
    for (int i = 0; i < 6; ++i) {
        EXPECT_EQ(steps.wait(kLimits, kStart), 0s) << i;
        steps.reserve();
    }
    EXPECT_EQ(steps.wait(kLimits, kStart), kMoment);
    steps.release();
    EXPECT_EQ(steps.wait(kLimits, kStart), 0s);
}

TEST(BackOff, LetThroughOneAtATimeWhenNothingIsFree) {
    BackOff steps(10, kStart);
    const Instant later = kStart + 60s;
    EXPECT_EQ(steps.wait(kLimits, later), 0s);
    steps.reserve();
    EXPECT_EQ(steps.wait(kLimits, later), kMoment);
    steps.fail(kLimits, later);
    EXPECT_EQ(steps.wait(kLimits, later), 32s);
}

}  // namespace
}  // namespace roster::accounts
