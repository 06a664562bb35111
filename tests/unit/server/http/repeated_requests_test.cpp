#include "server/http/repeated_requests.hpp"

#include "unit/server/http/api_fixture.hpp"

#include <string>

namespace roster::server {
namespace {

using State = RepeatedRequests::State;

constexpr RepeatedRequests::Clock::time_point kBegin{};

class SignUpKeys : public ApiTest {
  protected:
    Answer sign_up(const std::string& key, const std::string& email,
                   const std::string& token = {}) {
        return ask("POST", "/v1/users", token,
                   R"({"email":")" + email + R"(","password":"correct horse"})",
                   "Content-Type: application/json\r\nIdempotency-Key: " + key + "\r\n");
    }
};

TEST_F(SignUpKeys, TheSameKeyGetsTheFirstAnswer) {
    const Answer first = sign_up("k", "n@a.com");
    EXPECT_EQ(first.status, 201U);
    const Answer again = sign_up("k", "n@a.com");
    EXPECT_EQ(again.status, 201U);
    EXPECT_EQ(again.json, first.json);
    EXPECT_EQ(again.headers, first.headers);
    EXPECT_EQ(sign_up("l", "n@a.com").code(), "email_taken");
}

TEST_F(SignUpKeys, AKeyBelongsToOneBodyAndOneUser) {
    EXPECT_EQ(sign_up("k", "n@a.com").status, 201U);
    EXPECT_EQ(sign_up("k", "o@a.com").errors(), " key_used\n");
    EXPECT_EQ(sign_up("k", "o@a.com", log_in("admin@a.com")).status, 201U);
    EXPECT_EQ(sign_up(std::string(256, 'k'), "p@a.com").status, 400U);
    EXPECT_EQ(sign_up("", "p@a.com").status, 400U);
}

TEST_F(SignUpKeys, AKeyOfTheOperatorIsNobodyElses) {
    peer_ = std::nullopt;
    EXPECT_EQ(sign_up("k", "n@a.com").status, 201U);
    peer_ = boost::asio::ip::make_address("127.0.0.1");
    EXPECT_EQ(sign_up("k", "n@a.com").code(), "email_taken");
}

TEST_F(SignUpKeys, WhatWasRefusedIsTriedAgain) {
    EXPECT_EQ(sign_up("k", "user@a.com").status, 409U);
    EXPECT_EQ(sign_up("k", "n@a.com").status, 201U);
}

TEST(RepeatedRequests, OnlyOneIsUnderWay) {
    RepeatedRequests requests;
    EXPECT_EQ(requests.begin(1, "k", "body", kBegin).state, State::fresh);
    {
        const RepeatedRequests::Turn turn(requests, 1, "k");
        EXPECT_EQ(requests.begin(1, "k", "body", kBegin).state, State::running);
    }
    EXPECT_EQ(requests.begin(1, "k", "body", kBegin).state, State::fresh);
}

TEST(RepeatedRequests, AreForgottenAfterADayOrWhenThereAreTooMany) {
    RepeatedRequests requests;
    const auto answer = [&](const std::string& key, std::size_t bytes) {
        EXPECT_EQ(requests.begin(1, key, "body", kBegin).state, State::fresh);
        RepeatedRequests::Turn turn(requests, 1, key);
        protocol::http::Response response;
        response.body.assign(bytes, 'x');
        turn.keep(response);
    };
    const auto state = [&](const std::string& key, std::chrono::hours after) {
        return requests.begin(1, key, "body", kBegin + after).state;
    };
    answer("a", 10);
    EXPECT_EQ(state("a", std::chrono::hours(23)), State::answered);
    EXPECT_EQ(state("a", std::chrono::hours(24)), State::fresh);
    answer("b", 5 * 1024 * 1024);
    answer("c", 5 * 1024 * 1024);
    EXPECT_EQ(state("c", {}), State::answered);
    EXPECT_EQ(state("b", {}), State::fresh);
    for (int i = 0; i < 10'001; ++i)
        answer("many " + std::to_string(i), 1);
    EXPECT_EQ(state("many 10000", {}), State::answered);
    EXPECT_EQ(state("c", {}), State::fresh);
}

}  // namespace
}  // namespace roster::server
