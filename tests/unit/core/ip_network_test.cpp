#include "core/ip_network.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace roster {
namespace {

IpNetwork network(std::string_view text) {
    return IpNetwork(boost::asio::ip::make_address(std::string(text)));
}

TEST(IpNetwork, IsASingleAddressInIpv4) {
    EXPECT_EQ(network("192.0.2.1").text(), "192.0.2.1");
    EXPECT_EQ(network("192.0.2.1"), network("192.0.2.1"));
    EXPECT_NE(network("192.0.2.1"), network("192.0.2.2"));
}

TEST(IpNetwork, IsASlash64InIpv6) {
    EXPECT_EQ(network("2001:db8:1:2:3:4:5:6").text(), "2001:db8:1:2::/64");
    EXPECT_EQ(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2:ffff::1"));
    EXPECT_NE(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    EXPECT_EQ(network("fe80::1%2"), network("fe80::2"));
}

TEST(IpNetwork, AMappedAddressCountsAsTheOneItHolds) {
    EXPECT_EQ(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    EXPECT_TRUE(network("::ffff:127.0.0.1").is_loopback());
}

TEST(IpNetwork, KnowsLoopback) {
    EXPECT_TRUE(network("127.0.0.1").is_loopback());
    EXPECT_TRUE(network("127.9.9.9").is_loopback());
    EXPECT_TRUE(network("::1").is_loopback());
    EXPECT_FALSE(network("::2").is_loopback());
    EXPECT_FALSE(network("128.0.0.1").is_loopback());
    EXPECT_FALSE(network("fe80::1").is_loopback());
}

TEST(IpNetwork, FamiliesNeverCompareEqual) {
    EXPECT_NE(network("0.0.0.0"), network("::"));
    EXPECT_NE(network("::1"), network("::"));
}

TEST(IpNetwork, IsParsedFromItsText) {
    for (const std::string_view text :
         {"192.0.2.1", "0.0.0.0", "255.255.255.255", "2001:db8:1:2::/64", "::/64", "::1",
          "ffff:ffff:ffff:ffff::/64"}) {
        const auto parsed = IpNetwork::parse(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(parsed->text(), text);
    }
}

TEST(IpNetwork, IsParsedFromNoOtherText) {
    for (const std::string_view text :
         {"", "x", "192.0.2", "192.0.2.1/64", "2001:db8::1", "2001:db8::1/64", "2001:db8::/48",
          "::1/64", "/64", "192.0.2.1 "}) {
        EXPECT_FALSE(IpNetwork::parse(text)) << text;
    }
}

}  // namespace
}  // namespace roster
