#include "core/time.hpp"

#include <gtest/gtest.h>

namespace roster {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

const sys_seconds kMorning = sys_days{std::chrono::November / 22 / 2026} + 9h + 5min + 7s;

TEST(Time, WritesRfc3339) {
    EXPECT_EQ(to_rfc3339(kMorning), "2026-11-22T09:05:07Z");
    EXPECT_EQ(to_rfc3339(sys_seconds{}), "1970-01-01T00:00:00Z");
    EXPECT_EQ(to_rfc3339(sys_days{std::chrono::February / 29 / 2000} - 1s), "2000-02-28T23:59:59Z");
    EXPECT_EQ(to_rfc3339(sys_days{std::chrono::January / 1 / 10000} - 1s), "9999-12-31T23:59:59Z");
}

TEST(Time, WritesTheNearestOfWhatRfc3339Cannot) {
    for (const sys_seconds late : {sys_seconds(sys_days{std::chrono::January / 1 / 10000}),
                                   sys_seconds(1'763'802'000'000s), sys_seconds::max()})
        EXPECT_EQ(to_rfc3339(late), "9999-12-31T23:59:59Z");
    const sys_seconds early = sys_days{std::chrono::December / 31 / std::chrono::year(-1)};
    for (const sys_seconds time : {early, sys_seconds::min()})
        EXPECT_EQ(to_rfc3339(time), "0000-01-01T00:00:00Z");
}

TEST(Time, WritesImfFixdate) {
    EXPECT_EQ(to_imf_fixdate(kMorning), "Sun, 22 Nov 2026 09:05:07 GMT");
    EXPECT_EQ(to_imf_fixdate(sys_seconds{784111777s}), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Time, ReadsRfc3339) {
    EXPECT_EQ(parse_rfc3339("2026-11-22T09:05:07Z"), kMorning);
    EXPECT_EQ(parse_rfc3339("2026-11-22t09:05:07.987z"), kMorning);
    EXPECT_EQ(parse_rfc3339("2026-11-22 10:35:07+01:30"), kMorning);
    EXPECT_EQ(parse_rfc3339("2026-11-22T07:05:07-02:00"), kMorning);
}

TEST(Time, RefusesWhatIsNoTime) {
    for (const std::string_view bad :
         {"", "2026-11-22", "2026-11-22T09:05:07", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
          "2026-11-22T24:00:00Z", "2026-11-22T09:60:00Z", "2026-11-22T09:05:07.Z",
          "2026-11-22T09:05:07Zx", "2026-11-22T09:05:07+1:00", "x026-11-22T09:05:07Z"}) {
        EXPECT_FALSE(parse_rfc3339(bad)) << bad;
    }
}

TEST(Durations, AreReadWithAndWithoutUnit) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("10s"), 10s);
    EXPECT_EQ(parse_duration("10"), 10s);
    EXPECT_EQ(parse_duration("5m"), 5min);
    EXPECT_EQ(parse_duration("24h"), 24h);
    EXPECT_EQ(parse_duration("7d"), 7 * 24h);
}

TEST(Durations, AreNothingElse) {
    for (const std::string_view text :
         {"", "s", "-1s", "1.5s", "10 s", "10sec", "10S", "ms", "3651d", "1w",
          "99999999999999999999s", "18446744073709551615ms"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

}  // namespace
}  // namespace roster
