#include "server/net/socket.hpp"

#include <gtest/gtest.h>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <sys/socket.h>

namespace roster::server {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Event = Socket::Event;

class SocketTest : public ::testing::Test {
  protected:
    // A socket, its peer, and how its waits have ended.
    struct Pair {
        explicit Pair(asio::io_context& context) {
            std::array<int, 2> ends{};
            if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
                throw std::system_error(errno, std::generic_category());
            near.emplace(context, Descriptor(ends[0]));
            far.emplace(ends[1]);
        }

        void wait(Event event) {
            near->wait(event)([this](const std::tuple<error_code>& waited) {
                ended.push_back(std::get<0>(waited));
                if (then) then();
            });
        }

        void send(std::string_view bytes) const {
            EXPECT_EQ(::send(far->get(), bytes.data(), bytes.size(), 0),
                      static_cast<ssize_t>(bytes.size()));
        }

        // "!" and the error, if there is one.
        std::string read(std::size_t most = 100) {
            std::string text(most, ' ');
            error_code ec;
            text.resize(near->read_some(text, ec));
            return ec ? "!" + ec.message() : text;
        }

        std::optional<Socket> near;
        std::optional<Descriptor> far;
        std::vector<error_code> ended;
        std::function<void()> then;
    };

    // All that can be done now.
    void run() {
        context_.restart();
        for (int i = 0; i < 10; ++i)
            context_.poll();
    }

    asio::io_context context_{1};
    const std::vector<error_code> once_{error_code()};
    const std::vector<error_code> aborted_{asio::error::operation_aborted};
    const std::string nothing_ = "!" + error_code(asio::error::would_block).message();
    const std::string end_ = "!" + error_code(asio::error::eof).message();
};

TEST_F(SocketTest, AWaitEndsWithTheFirstByte) {
    Pair pair(context_);
    pair.wait(Event::readable);
    run();
    EXPECT_TRUE(pair.ended.empty());
    pair.send("a");
    run();
    EXPECT_EQ(pair.ended, once_);
    EXPECT_EQ(pair.read(), "a");
    EXPECT_EQ(pair.read(), nothing_);
}

TEST_F(SocketTest, WhatCameBeforeTheWaitIsNoticed) {
    Pair pair(context_);
    pair.send("abc");
    run();
    pair.wait(Event::readable);
    EXPECT_TRUE(pair.ended.empty());
    run();
    EXPECT_EQ(pair.ended, once_);
}

TEST_F(SocketTest, WhatIsLeftUnreadEndsTheNextWait) {
    Pair pair(context_);
    pair.send("abc");
    pair.wait(Event::readable);
    run();
    EXPECT_EQ(pair.read(2), "ab");
    pair.wait(Event::readable);
    run();
    EXPECT_EQ(pair.ended.size(), 2U);
    EXPECT_EQ(pair.read(2), "c");
    pair.wait(Event::readable);
    run();
    EXPECT_EQ(pair.ended.size(), 2U);
    pair.send("d");
    run();
    EXPECT_EQ(pair.ended.size(), 3U);
}

TEST_F(SocketTest, TheEndIsNoticedWithTheLastBytesAndAfterThem) {
    for (const bool at_once : {true, false}) {
        Pair pair(context_);
        pair.send("abc");
        if (at_once) pair.far.reset();
        pair.wait(Event::readable);
        run();
        EXPECT_EQ(pair.read(), "abc");
        pair.wait(Event::readable);
        run();
        EXPECT_EQ(pair.ended.size(), at_once ? 2U : 1U);
        pair.far.reset();
        run();
        EXPECT_EQ(pair.ended.size(), 2U);
        EXPECT_EQ(pair.read(), end_);
    }
}

TEST_F(SocketTest, RoomToWriteIsNoticedAfterThereWasNone) {
    Pair pair(context_);
    const std::string bytes(64 * 1024, 'x');
    error_code ec;
    std::size_t written = 0;
    while (!ec)
        written += pair.near->write_some(bytes, ec);
    EXPECT_EQ(ec, asio::error::would_block);
    pair.wait(Event::writable);
    run();
    EXPECT_TRUE(pair.ended.empty());
    std::string got(written, ' ');
    EXPECT_EQ(::recv(pair.far->get(), got.data(), got.size(), MSG_WAITALL),
              static_cast<ssize_t>(written));
    run();
    EXPECT_EQ(pair.ended, once_);
}

TEST_F(SocketTest, CancellingEndsAWaitLaterAndOnce) {
    Pair pair(context_);
    pair.near->cancel();
    pair.wait(Event::readable);
    pair.near->cancel();
    pair.near->cancel();
    pair.send("a");
    EXPECT_TRUE(pair.ended.empty());
    run();
    EXPECT_EQ(pair.ended, aborted_);
    EXPECT_EQ(pair.read(), "a");
}

TEST_F(SocketTest, ClosingEndsAWaitAndThoseThatComeAfter) {
    Pair pair(context_);
    pair.wait(Event::readable);
    pair.near->close();
    run();
    EXPECT_EQ(pair.ended, aborted_);
    pair.wait(Event::readable);
    run();
    EXPECT_EQ(pair.ended.size(), 2U);
}

TEST_F(SocketTest, OneThatIsDestroyedIsNotToldOfWhatHappenedAtTheSameTime) {
    Pair first(context_);
    std::optional<Pair> second(context_);
    first.wait(Event::readable);
    run();
    first.send("a");
    second->send("a");
    first.then = [&] { second.reset(); };
    run();
    EXPECT_EQ(first.ended, once_);
    EXPECT_FALSE(second);
}

TEST_F(SocketTest, MoreSocketsThanAreLookedAtAtOnceAreAllServed) {
    std::vector<std::unique_ptr<Pair>> pairs;
    for (int i = 0; i < 300; ++i) {
        pairs.push_back(std::make_unique<Pair>(context_));
        pairs.back()->wait(Event::readable);
        pairs.back()->send("a");
    }
    run();
    for (const auto& pair : pairs)
        EXPECT_EQ(pair->ended, once_);
}

TEST_F(SocketTest, ManyWaitsThatEndAtOnceAreToldOnce) {
    std::vector<std::unique_ptr<Pair>> pairs;
    for (int i = 0; i < 20; ++i) {
        pairs.push_back(std::make_unique<Pair>(context_));
        Pair& pair = *pairs.back();
        pair.send("abc");
        // Half of them wait once more while they are told.
        if (i % 2 == 0)
            pair.then = [&pair] {
                if (pair.ended.size() == 1) pair.wait(Event::readable);
            };
    }
    run();
    for (const auto& pair : pairs)
        pair->wait(Event::readable);
    run();
    for (std::size_t i = 0; i < pairs.size(); ++i)
        EXPECT_EQ(pairs[i]->ended, std::vector(i % 2 == 0 ? 2 : 1, error_code()));
    for (const auto& pair : pairs) {
        EXPECT_EQ(pair->read(), "abc");
        pair->wait(Event::readable);
        pair->near->close();
    }
    run();
    for (const auto& pair : pairs)
        EXPECT_EQ(pair->ended.back(), asio::error::operation_aborted);
}

TEST_F(SocketTest, TheContextEndsWithTheLastSocket) {
    std::optional<Pair> first(context_);
    std::optional<Pair> second(context_);
    asio::post(context_, [&] { first.reset(); });
    asio::post(context_, [&] { second.reset(); });
    context_.run();
    std::optional<Pair> third(context_);
    context_.restart();
    asio::post(context_, [&] { third.reset(); });
    context_.run();
}

// The handler that owns the socket is destroyed by the context, and the socket with it.
TEST(SocketEndTest, WhatWaitsEndsWithItsContext) {
    auto alive = std::make_shared<int>(0);
    for (const bool cancelled : {false, true}) {
        asio::io_context context{1};
        std::array<int, 2> ends{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
        const Descriptor far(ends[1]);
        auto socket = std::make_shared<Socket>(context, Descriptor(ends[0]));
        Socket& waiting = *socket;
        waiting.wait(Event::readable)(
            [owned = std::move(socket), alive](const std::tuple<error_code>&) { ADD_FAILURE(); });
        if (cancelled) waiting.cancel();
    }
    EXPECT_EQ(alive.use_count(), 1);
}

}  // namespace
}  // namespace roster::server
