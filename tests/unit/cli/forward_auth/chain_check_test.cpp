#include "cli/forward_auth/chain_check.hpp"

#include "cli/io/exit_code.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace roster::cli {
namespace {

using ::testing::HasSubstr;

class ChainCheck : public ::testing::Test {
  protected:
    std::string wrong(const std::string& url = "http://app.lab.lan/a?b=c") {
        return check_chain(url,
                           [this](const std::string& origin, const std::string& target) {
                               const auto found = answers_.find(origin + target);
                               return found == answers_.end() ? result<ChainAnswer>(Errc::timed_out)
                                                              : found->second;
                           })
            .wrong;
    }

    void application_leads_to(const std::string& location) {
        answers_["http://app.lab.lan/a?b=c"] = ChainAnswer(302, location);
    }

    static constexpr const char* kLogIn =
        "http://auth.lab.lan:8080/login?rd=http://app.lab.lan/a?b%3Dc";
    std::map<std::string, result<ChainAnswer>> answers_{
        {"http://app.lab.lan/a?b=c", ChainAnswer(302, kLogIn)},
        {kLogIn, ChainAnswer(200, {})},
        {"http://auth.lab.lan:8080/v1/status", ChainAnswer(200, {}, R"({"name":"roster"})")}};
};

TEST_F(ChainCheck, FindsNothingWrongWhereNothingIs) {
    EXPECT_EQ(wrong(), "");
}

TEST_F(ChainCheck, SaysThatNobodyIsSentBack) {
    answers_[kLogIn] = ChainAnswer(200, {}, "<p class=\"notice\" role=\"status\">…</p>");
    EXPECT_THAT(wrong(), HasSubstr("--forward-domain"));
}

TEST_F(ChainCheck, SaysThatTheApplicationCannotBeReached) {
    answers_.erase("http://app.lab.lan/a?b=c");
    EXPECT_THAT(wrong(), HasSubstr("cannot reach http://app.lab.lan"));
}

TEST_F(ChainCheck, SaysWhyNobodyIsSentToALogIn) {
    for (const auto& [status, says] : std::map<unsigned, const char*>{{200, "does not ask roster"},
                                                                      {400, "does not tell roster"},
                                                                      {401, "redirect=never"},
                                                                      {403, "another rule"},
                                                                      {500, "cannot reach roster"},
                                                                      {502, "cannot reach roster"},
                                                                      {418, "418"}}) {
        answers_["http://app.lab.lan/a?b=c"] = ChainAnswer(status, {});
        EXPECT_THAT(wrong(), HasSubstr(says)) << status;
    }
}

TEST_F(ChainCheck, SaysWhereElseItLeads) {
    application_leads_to("https://app.lab.lan/a?b=c");
    EXPECT_THAT(wrong(), HasSubstr("wants https"));
    for (const char* other : {"http://auth.lab.lan/other", "/login?rd=x", "", "http://x/"}) {
        application_leads_to(other);
        EXPECT_THAT(wrong(), HasSubstr("not roster's /login")) << other;
    }
}

TEST_F(ChainCheck, SaysThatTheLogInWouldLeadElsewhere) {
    application_leads_to("http://auth.lab.lan:8080/login?rd=https://app.lab.lan/a?b%3Dc");
    EXPECT_THAT(wrong(), HasSubstr("it says https"));
    for (const char* other : {"http://127.0.0.1:3000/a?b%3Dc", "http://app.lab.lan/", "", "x"}) {
        application_leads_to(std::string("http://auth.lab.lan:8080/login?rd=") + other);
        EXPECT_THAT(wrong(), HasSubstr("another URL")) << other;
    }
}

TEST_F(ChainCheck, SaysThatNoCookieCanBeForBoth) {
    for (const char* host : {"app.other.lan", "app.xlab.lan", "lan", "127.0.0.1"}) {
        const std::string url = "http://" + std::string(host) + "/";
        answers_.insert_or_assign(url,
                                  ChainAnswer(302, "http://auth.lab.lan:8080/login?rd=" + url));
        EXPECT_THAT(wrong(url), HasSubstr("no domain in common")) << host;
    }
}

TEST_F(ChainCheck, SaysThatThePageIsNotRosters) {
    answers_.insert_or_assign("http://auth.lab.lan:8080/v1/status", ChainAnswer(200, {}, "hello"));
    EXPECT_THAT(wrong(), HasSubstr("something other than roster"));
    answers_.erase("http://auth.lab.lan:8080/v1/status");
    EXPECT_THAT(wrong(), HasSubstr("cannot reach http://auth.lab.lan:8080"));
}

TEST_F(ChainCheck, SaysThatThePageDoesNotAnswer) {
    answers_.insert_or_assign(kLogIn, ChainAnswer(404, {}));
    EXPECT_THAT(wrong(), HasSubstr("answers 404"));
}

TEST_F(ChainCheck, TakesUrlsAlone) {
    EXPECT_THROW(wrong("app.lab.lan"), UsageError);
    EXPECT_THROW(wrong("ftp://app.lab.lan/"), UsageError);
    EXPECT_THROW(wrong("http://a@app.lab.lan/"), UsageError);
}

}  // namespace
}  // namespace roster::cli
