#include "accounts/rate_limit/limiter_records.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

namespace roster::accounts {
namespace {

using namespace std::chrono_literals;

const Instant kNine = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 9h;

TEST(ThrottleStates, AreReadable) {
    StepsEntry steps;
    steps.steps = BackOff(7, kNine);
    EXPECT_EQ(state_of(steps), "failures=7 last=2026-11-22T09:00:00Z");
    steps.is_late = true;
    EXPECT_EQ(state_of(steps), "failures=7 last=2026-11-22T09:00:00Z late");

    GuessesEntry guesses;
    guesses.strangers.add(kNine, 3);
    guesses.strangers.add(kNine + 11min, 2);
    guesses.others.add(kNine + 5min);
    EXPECT_EQ(state_of(guesses), "newest=2026-11-22T09:10:00Z strangers=2,0,3 others=0,1");

    SignUpsEntry sign_ups;
    sign_ups.made.add(kNine, 4);
    EXPECT_EQ(state_of(sign_ups), "newest=2026-11-22T09:00:00Z sign-ups=4");

    KnownEntry known;
    known.networks.push_back({IpNetwork(boost::asio::ip::make_address("192.0.2.1")), kNine});
    known.networks.push_back({IpNetwork(boost::asio::ip::make_address("2001:db8::1")), kNine + 1s});
    EXPECT_EQ(state_of(known), "192.0.2.1@2026-11-22T09:00:00Z 2001:db8::/64@2026-11-22T09:00:01Z");
}

template <class Entry>
void expect_same_after_parsing(const std::string& text) {
    const auto entry = parse_state<Entry>(text);
    ASSERT_TRUE(entry) << text;
    EXPECT_EQ(state_of(*entry), text);
}

TEST(ThrottleStates, ComeBackFromTheirText) {
    expect_same_after_parsing<StepsEntry>("failures=7 last=2026-11-22T09:00:00Z");
    expect_same_after_parsing<StepsEntry>("failures=7 last=2026-11-22T09:00:00Z late");
    expect_same_after_parsing<GuessesEntry>(
        "newest=2026-11-22T09:10:00Z strangers=2,0,3 others=0,1 late");
    expect_same_after_parsing<GuessesEntry>(
        "newest=2026-11-22T09:10:00Z strangers=1,2,3,4,5,6,7,8,9,10,11,12,13 others=0");
    expect_same_after_parsing<SignUpsEntry>("newest=1970-01-01T00:00:00Z sign-ups=4,0,1");
    expect_same_after_parsing<KnownEntry>(
        "192.0.2.1@2026-11-22T09:00:00Z 2001:db8::/64@2026-11-22T09:00:01Z");
}

TEST(ThrottleStates, NeverMakeAWaitShorter) {
    StepsEntry steps;
    steps.steps = BackOff(7, kNine + 1ms);
    EXPECT_EQ(state_of(steps), "failures=7 last=2026-11-22T09:00:01Z");
}

TEST(ThrottleStates, TakeNoOtherText) {
    for (const std::string_view text :
         {"",
          "failures=7",
          "failures=0 last=2026-11-22T09:00:00Z",
          "failures=x last=2026-11-22T09:00:00Z",
          "failures=7 last=yesterday",
          "failures=7 last=1969-11-22T09:00:00Z",
          "failures=7  last=2026-11-22T09:00:00Z",
          "failures=7 last=2026-11-22T09:00:00Z early",
          "failures=7 last=2026-11-22T09:00:00Z late late",
          "last=2026-11-22T09:00:00Z",
          "newest=2026-11-22T09:10:00Z strangers=1",
          "newest=2026-11-22T09:10:00Z",
          "newest=2026-11-22T09:10:00Z strangers=-1 others=0",
          "newest=2026-11-22T09:10:00Z strangers=1,,1 others=0",
          "newest=2026-11-22T09:10:00Z strangers=0,0,0,0,0,0,0,0,0,0,0,0,0,0 others=0",
          "newest=2026-11-22T09:10:00Z sign-ups=",
          "192.0.2.1@",
          "192.0.2.1",
          "@",
          "@@",
          "somewhere@2026-11-22T09:00:00Z"}) {
        EXPECT_FALSE(parse_state<StepsEntry>(text)) << text;
        EXPECT_FALSE(parse_state<GuessesEntry>(text)) << text;
        EXPECT_FALSE(parse_state<SignUpsEntry>(text)) << text;
        EXPECT_FALSE(parse_state<KnownEntry>(text)) << text;
    }
}

}  // namespace
}  // namespace roster::accounts
