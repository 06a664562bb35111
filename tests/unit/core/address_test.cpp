#include "core/address.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace roster {
namespace {

TEST(HostPort, ReadsWhatPeopleWrite) {
    for (const std::string_view text : {"127.0.0.1:9999", "localhost:0", "[::1]:65535"}) {
        const auto parsed = parse_host_port(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(to_string(*parsed), text);
    }
    EXPECT_EQ(parse_host_port("[::1]:80")->host, "::1");
}

TEST(HostPort, RefusesTheRest) {
    for (const std::string_view text :
         {"", ":", "9999", ":9999", "host", "host:", "host:65536", "host:-1", "host:80x", "::1:80",
          "[]:80", "[host]:80", "[::1]", "host: 80"}) {
        EXPECT_FALSE(parse_host_port(text)) << text;
    }
}

IpNetwork network(std::string_view text) {
    return IpNetwork(boost::asio::ip::make_address(std::string(text)));
}

TEST(IpNetwork, IsASingleAddressInIpv4) {
    EXPECT_EQ(network("192.0.2.1").text(), "192.0.2.1");
    EXPECT_EQ(network("192.0.2.1"), network("192.0.2.1"));
    EXPECT_NE(network("192.0.2.1"), network("192.0.2.2"));
}

TEST(IpNetwork, IsReadFromAnAddress) {
    EXPECT_EQ(IpNetwork::parse("2001:db8::1")->text(), "2001:db8::/64");
    EXPECT_FALSE(IpNetwork::parse("localhost"));
    EXPECT_FALSE(IpNetwork::parse(""));
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

}  // namespace
}  // namespace roster
