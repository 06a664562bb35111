#include "client/pending_requests.hpp"

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <string>

namespace roster::client {
namespace {

class ClientPendingRequests : public testing::Test {
  protected:
    PendingRequests::Shared request(const std::string& name) {
        auto request = std::make_shared<PendingRequest>(io_.get_executor(), Secret(name), false,
                                                        std::chrono::hours(1));
        pending_.add(request);
        return request;
    }

    std::string taken() {
        std::string names;
        for (const auto& request : pending_.take_unsent())
            names += request->bytes().reveal();
        return names;
    }

    void answer(const std::string& body) {
        Response response;
        response.body = body;
        pending_.settle_oldest(std::move(response));
    }

    boost::asio::io_context io_;
    PendingRequests pending_;
};

TEST_F(ClientPendingRequests, AreSentOnceInOrder) {
    request("a");
    request("b");
    EXPECT_EQ(taken(), "ab");
    request("c");
    EXPECT_EQ(taken(), "c");
    EXPECT_EQ(taken(), "");
}

TEST_F(ClientPendingRequests, AreAnsweredInOrder) {
    const auto a = request("a");
    const auto b = request("b");
    taken();
    answer("to a");
    EXPECT_FALSE(b->is_settled());
    answer("to b");
    EXPECT_EQ(a->take_outcome()->body, "to a");
    EXPECT_EQ(b->take_outcome()->body, "to b");
}

TEST_F(ClientPendingRequests, OneThatIsAbandonedBeforeItIsSentNeverIs) {
    const auto a = request("a");
    request("b");
    pending_.abandon(a);
    EXPECT_EQ(taken(), "b");
}

TEST_F(ClientPendingRequests, OneThatIsAbandonedLaterKeepsItsPosition) {
    const auto a = request("a");
    const auto b = request("b");
    taken();
    pending_.abandon(a);
    answer("to a");
    EXPECT_FALSE(b->is_settled());
    answer("to b");
    EXPECT_EQ(b->take_outcome()->body, "to b");
    EXPECT_EQ(a->take_outcome().error(), Errc::cancelled);
}

TEST_F(ClientPendingRequests, FailAllTogetherOrTheUnsentAlone) {
    const auto sent = request("a");
    taken();
    const auto unsent = request("b");
    pending_.fail_unsent(Errc::connection_closed);
    EXPECT_FALSE(sent->is_settled());
    EXPECT_EQ(unsent->take_outcome().error(), Errc::connection_closed);
    EXPECT_EQ(taken(), "");
    pending_.fail_all(Errc::malformed_answer);
    EXPECT_EQ(sent->take_outcome().error(), Errc::malformed_answer);
}

TEST_F(ClientPendingRequests, DropTheirBytes) {
    const auto a = request("user:a@a.com,pw,login");
    a->drop_bytes();
    EXPECT_TRUE(a->bytes().empty());
}

}  // namespace
}  // namespace roster::client
