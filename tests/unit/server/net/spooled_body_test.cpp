#include "server/net/spooled_body.hpp"

#include "support/await.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace roster::server {
namespace {

using testing::await;

class Spooled : public ::testing::Test {
  protected:
    static std::string read_all(SpooledBody& body) {
        std::string all;
        for (;;) {
            const std::string part = await(body.next()).value();
            EXPECT_LE(part.size(), SpooledBody::kPartBytes);
            if (part.empty()) return all;
            all += part;
        }
    }

    BoundedPool threads_{1, {10}};
    Spool spool_{threads_, 2};
};

TEST_F(Spooled, IsReadAsItWasWritten) {
    SpooledBody body(spool_);
    std::string text;
    for (int i = 0; i < 10; ++i) {
        const std::string part(30'000, static_cast<char>('a' + i));
        text += part;
        EXPECT_TRUE(await(body.append(part)));
    }
    EXPECT_EQ(body.size_bytes(), text.size());
    EXPECT_EQ(read_all(body), text);
}

TEST_F(Spooled, OnlySoManyAtOnce) {
    SpooledBody unused(spool_);
    std::optional<SpooledBody> first(std::in_place, spool_);
    SpooledBody second(spool_);
    EXPECT_TRUE(await(first->append("a")));
    EXPECT_TRUE(await(second.append("b")));
    {
        SpooledBody third(spool_);
        EXPECT_EQ(await(third.append("c")).error(), Errc::overloaded);
        EXPECT_EQ(await(third.append("c")).error(), Errc::overloaded);
    }
    first.reset();
    EXPECT_TRUE(await(unused.append("d")));
    EXPECT_EQ(read_all(second), "b");
}

}  // namespace
}  // namespace roster::server
