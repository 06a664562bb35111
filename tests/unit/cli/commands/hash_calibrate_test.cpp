#include "cli/commands/hash_calibrate.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace roster::cli {
namespace {

using namespace std::chrono_literals;
using passwords::HashCost;
using std::chrono::nanoseconds;

constexpr std::size_t kMuch = 1024 * 1024;

// A machine on which a pass over a KiB always takes the same time.
MeasureHash machine(nanoseconds per_kib) {
    return [per_kib](passwords::HashCost cost) {
        return per_kib * static_cast<std::int64_t>(cost.memory_kib * cost.passes);
    };
}

TEST(HashCalibrate, ComesCloseToTheTargetFromBelow) {
    for (const auto target : {50ms, 100ms, 250ms}) {
        const auto proposed = propose_hash_cost(target, kMuch, machine(500ns));
        EXPECT_LE(proposed.took, target);
        EXPECT_GE(proposed.took, target * 9 / 10);
        EXPECT_EQ(proposed.cost.passes, 2U);
    }
}

TEST(HashCalibrate, MakesPassesWhereMemoryEnds) {
    const auto proposed = propose_hash_cost(250ms, 64 * 1024, machine(500ns));
    EXPECT_EQ(proposed.cost.memory_kib, 64U * 1024);
    EXPECT_EQ(proposed.cost.passes, 7U);
}

TEST(HashCalibrate, NeverGoesBelowTheAdvice) {
    for (const auto target : {1ms, 30ms}) {
        const auto proposed = propose_hash_cost(target, kMuch, machine(1us));
        EXPECT_EQ(proposed.cost.memory_kib, passwords::HashCost().memory_kib);
        EXPECT_EQ(proposed.cost.passes, passwords::HashCost().passes);
        EXPECT_GT(proposed.took, target);
    }
}

TEST(HashCalibrate, NeverGoesBeyondWhatALogInMayCost) {
    for (const std::size_t memory_kib :
         {passwords::HashCost().memory_kib, std::size_t{100'000}, kMuch}) {
        const auto proposed = propose_hash_cost(24h, memory_kib, machine(100ns));
        EXPECT_TRUE(passwords::is_bearable(proposed.cost))
            << proposed.cost.memory_kib << " " << proposed.cost.passes;
        EXPECT_LE(proposed.cost.memory_kib, memory_kib);
    }
}

TEST(HashCalibrate, FindsItsWayOnAMachineWhoseMemoryIsSlow) {
    // Twice as slow beyond its cache.
    const MeasureHash measure = [](passwords::HashCost cost) {
        const auto work = static_cast<std::int64_t>(cost.memory_kib * cost.passes);
        return work * (cost.memory_kib > 32 * 1024 ? 1000ns : 500ns);
    };
    const auto proposed = propose_hash_cost(200ms, kMuch, measure);
    EXPECT_LE(proposed.took, 200ms);
    EXPECT_GE(proposed.took, 170ms);
}

TEST(HashCalibrate, EndsOnAMachineThatIsNeverTheSame) {
    int calls = 0;
    const auto proposed = propose_hash_cost(250ms, kMuch, [&calls](passwords::HashCost) {
        return ++calls % 2 == 0 ? nanoseconds(1s) : nanoseconds(10ms);
    });
    EXPECT_LE(calls, 10);
    EXPECT_TRUE(passwords::is_bearable(proposed.cost));
}

}  // namespace
}  // namespace roster::cli
