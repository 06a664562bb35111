#include "server/net/spooled_body.hpp"

#include "support/await.hpp"
#include "support/recorded_log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <memory>
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
    const std::shared_ptr<test::RecordedLog> log_ = std::make_shared<test::RecordedLog>();
    Spool spool_{threads_, 2, log_};
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

TEST_F(Spooled, WithoutADirectoryItFailsAndSaysSo) {
    const char* const before = std::getenv("TMPDIR");
    const std::string kept = before == nullptr ? "" : before;
    ::setenv("TMPDIR", "/there/is/none", 1);
    SpooledBody body(spool_);
    EXPECT_EQ(await(body.append("a")).error(), Errc::store_unavailable);
    before == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", kept.c_str(), 1);
    EXPECT_NE(log_->text().find("TMPDIR"), std::string::npos);
}

TEST_F(Spooled, WhatHasBegunIsNotCutBecauseOthersWait) {
    BoundedPool busy(1, {0});
    Spool spool(busy, 1, log_);
    SpooledBody body(spool);
    ASSERT_TRUE(await(body.append("a")));
    std::promise<void> end;
    const auto job = [&end]() -> result<void> {
        end.get_future().wait();
        return {};
    };
    boost::asio::io_context context;
    boost::asio::co_spawn(context, busy.run(job), boost::asio::detached);
    context.poll();
    EXPECT_EQ(await(body.next()).value(), "a");
    end.set_value();
    context.run();
}

}  // namespace
}  // namespace roster::server
