#include "server/forward_auth/proxy_fault.hpp"

#include <gtest/gtest.h>

namespace roster::server {
namespace {

using std::chrono::minutes;

TEST(FaultLog, SaysEachFaultOnceAnHour) {
    FaultLog log;
    const FaultLog::Time now{std::chrono::hours(100)};
    EXPECT_TRUE(log.is_due(ProxyFault::bad_group, now));
    EXPECT_FALSE(log.is_due(ProxyFault::bad_group, now));
    EXPECT_TRUE(log.is_due(ProxyFault::no_original_url, now));
    EXPECT_FALSE(log.is_due(ProxyFault::bad_group, now + minutes(59)));
    EXPECT_TRUE(log.is_due(ProxyFault::bad_group, now + minutes(60)));
    EXPECT_FALSE(log.is_due(ProxyFault::bad_group, now + minutes(61)));
}

TEST(ProxyFaults, AllHaveATextOfTheirOwn) {
    for (int i = 0; i <= static_cast<int>(ProxyFault::last); ++i) {
        const auto fault = static_cast<ProxyFault>(i);
        EXPECT_FALSE(text_of(fault).empty()) << i;
        for (int j = 0; j < i; ++j)
            EXPECT_NE(text_of(fault), text_of(static_cast<ProxyFault>(j))) << i << ' ' << j;
    }
}

}  // namespace
}  // namespace roster::server
