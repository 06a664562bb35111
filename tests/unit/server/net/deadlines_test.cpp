#include "server/net/deadlines.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <chrono>
#include <optional>
#include <tuple>

namespace roster::server {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

class DeadlinesTest : public ::testing::Test {
  protected:
    // A socket that waits for bytes that never come.
    struct Reader {
        explicit Reader(asio::io_context& context) {
            asio::local::stream_protocol::socket near(context);
            asio::local::connect_pair(near, far.emplace(context));
            socket.emplace(context, Descriptor(near.release()));
            alarm.emplace(*socket);
            socket->wait(Socket::Event::readable)([this](const std::tuple<error_code>& waited) {
                ended_with = std::get<0>(waited);
                alarm->end();
            });
        }

        std::optional<asio::local::stream_protocol::socket> far;
        std::optional<Socket> socket;
        std::optional<Alarm> alarm;
        error_code ended_with;
    };

    static Alarm::Clock::time_point in(std::chrono::milliseconds time) {
        return Alarm::Clock::now() + time;
    }

    asio::io_context context_{1};
};

TEST_F(DeadlinesTest, TheEarliestEndsItsWaitWhicheverWasSetFirst) {
    Reader late(context_);
    Reader soon(context_);
    Reader past(context_);
    late.alarm->begin(in(std::chrono::hours(1)));
    soon.alarm->begin(in(std::chrono::seconds(0)));
    past.alarm->begin(in(std::chrono::seconds(-1)));
    while (!soon.ended_with || !past.ended_with)
        context_.run_one();
    EXPECT_EQ(soon.ended_with, asio::error::operation_aborted);
    EXPECT_TRUE(soon.alarm->went_off());
    EXPECT_TRUE(past.alarm->went_off());
    EXPECT_FALSE(late.alarm->went_off());
    EXPECT_FALSE(late.ended_with);
}

TEST_F(DeadlinesTest, ADeadlineThatMovedIsLookedAtAgain) {
    Reader reader(context_);
    reader.alarm->begin(in(std::chrono::milliseconds(1)));
    reader.alarm->end();
    reader.alarm->begin(in(std::chrono::milliseconds(30)));
    while (!reader.ended_with)
        context_.run_one();
    EXPECT_TRUE(reader.alarm->went_off());
}

TEST_F(DeadlinesTest, AWaitThatHasEndedIsLeftAlone) {
    Reader reader(context_);
    Reader other(context_);
    reader.alarm->begin(in(std::chrono::seconds(0)));
    reader.alarm->end();
    other.alarm->begin(in(std::chrono::milliseconds(5)));
    while (!other.ended_with)
        context_.run_one();
    EXPECT_FALSE(reader.ended_with);
    EXPECT_FALSE(reader.alarm->went_off());
}

TEST_F(DeadlinesTest, TheContextEndsWithTheLastConnection) {
    Reader one(context_);
    Reader two(context_);
    one.alarm->begin(in(std::chrono::hours(1)));
    two.alarm->begin(in(std::chrono::hours(2)));
    for (Reader* reader : {&one, &two}) {
        reader->socket->close();
        reader->alarm->cancel();
    }
    context_.run();
    EXPECT_FALSE(one.alarm->went_off());
}

}  // namespace
}  // namespace roster::server
