#include "protocol/http/target.hpp"

#include <gtest/gtest.h>

namespace roster::protocol::http {
namespace {

TEST(Origin, IsWrittenAsBrowsersDo) {
    EXPECT_EQ(origin_of("HTTPS://Accounts.Example.com:443/"), "https://accounts.example.com");
    EXPECT_EQ(origin_of("http://a:80"), "http://a");
    EXPECT_EQ(origin_of("http://a:8080"), "http://a:8080");
    EXPECT_EQ(origin_of("https://a:80"), "https://a:80");
    EXPECT_EQ(origin_of("http://[::1]:80/"), "http://[::1]");
    EXPECT_EQ(origin_of("http://a:"), "http://a");
    for (const char* bad : {"", "a", "ftp://a", "http://", "https:///", "http://u@a", "http://a/b",
                            "http://a?b", "http://a b", "http://a:x", "null", "*"})
        EXPECT_FALSE(origin_of(bad)) << bad;
}

}  // namespace
}  // namespace roster::protocol::http
