#include "core/host_port.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace roster
