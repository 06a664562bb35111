// The request of each call, and what is read of the answer.

#include "unit/client/http/api_peer.hpp"

#include <gmock/gmock.h>

namespace roster::client {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kSession =
    R"({"id":4,"user":7,"kind":"token","label":"cron","expires_at":"2026-12-28T19:17:38Z",)"
    R"("current":false})";

std::chrono::sys_seconds at(std::chrono::sys_days day, std::chrono::seconds since = {}) {
    return day + since;
}

constexpr std::chrono::year_month_day kDay{std::chrono::year(2026), std::chrono::month(12),
                                           std::chrono::day(28)};

// Answers one request, and keeps it.
class ClientApiCalls : public ClientApi {
  protected:
    void answer_with(std::string answer) {
        answer_ = std::move(answer);
        current_ = this;
        serve([](SharedPeer peer) -> asio::awaitable<void> {
            current_->request_ = co_await peer->read_request();
            co_await peer->send(current_->answer_);
        });
    }

    std::string request_;

  private:
    static inline ClientApiCalls* current_ = nullptr;
    std::string answer_;
};

TEST_F(ClientApiCalls, CreateTokens) {
    answer_with(http_answer("201 Created", R"({"token":"rst_x","token_type":"Bearer","session":)" +
                                               std::string(kSession) + "}"));
    ApiClient api = client();
    const auto token = run(api.create_token("cron", 1h));
    ASSERT_TRUE(token) << token.error().error.message();
    EXPECT_THAT(request_, StartsWith("POST /v1/tokens HTTP/1.1\r\n"));
    EXPECT_THAT(request_, HasSubstr(R"({"label":"cron","expires_in":3600})"));
    EXPECT_EQ(token->token.reveal(), "rst_x");
    EXPECT_EQ(token->session.id, 4U);
    EXPECT_EQ(token->session.kind, SessionKind::token);
}

TEST_F(ClientApiCalls, CreatePasswordLinks) {
    answer_with(http_answer("201 Created", R"({"url":"http://a/reset/rst_y","token":"rst_y",)"
                                           R"("expires_at":"2026-12-28T00:00:10Z"})"));
    ApiClient api = client();
    const auto link = run(api.create_password_link(7, ApiLinkPurpose::reset));
    ASSERT_TRUE(link) << link.error().error.message();
    EXPECT_THAT(request_, StartsWith("POST /v1/users/7/password-link HTTP/1.1\r\n"));
    EXPECT_THAT(request_, HasSubstr("\r\n\r\n{\"purpose\":\"reset\"}"));
    EXPECT_EQ(link->url.reveal(), "http://a/reset/rst_y");
    EXPECT_EQ(link->token.reveal(), "rst_y");
    EXPECT_EQ(link->expires_at, at(kDay, 10s));
}

TEST_F(ClientApiCalls, RedeemPasswordLinks) {
    answer_with("HTTP/1.1 204 No Content\r\n\r\n");
    ApiClient api = client();
    EXPECT_TRUE(run(api.redeem_password_link(Secret("rst_y"), Secret("a \"b\""))));
    EXPECT_THAT(request_, StartsWith("POST /v1/password-links/redeem HTTP/1.1\r\n"));
    EXPECT_THAT(request_, HasSubstr(R"({"token":"rst_y","new_password":"a \"b\""})"));
}

TEST_F(ClientApiCalls, ListLimits) {
    answer_with(http_answer("200 OK", R"({"items":[{"key":"network 192.0.2.1","since":)"
                                      R"("2026-12-28T00:00:00Z","until":"2026-12-28T00:00:10Z"}],)"
                                      R"("next_cursor":"network 192.0.2.1"})"));
    ApiClient api = client();
    const auto page = run(api.limits(1, "a b"));
    ASSERT_TRUE(page) << page.error().error.message();
    EXPECT_THAT(request_, StartsWith("GET /v1/limits?limit=1&cursor=a%20b HTTP/1.1\r\n"));
    ASSERT_EQ(page->items.size(), 1U);
    EXPECT_EQ(page->items[0].key, "network 192.0.2.1");
    EXPECT_EQ(page->items[0].since, at(kDay));
    EXPECT_EQ(page->items[0].until, at(kDay, 10s));
    EXPECT_EQ(page->next_cursor, "network 192.0.2.1");
}

TEST_F(ClientApiCalls, ListTheSessionsOfAllUsers) {
    answer_with(http_answer("200 OK", R"({"items":[{"id":7,"user":2,"kind":"token"}],)"
                                      R"("next_cursor":"7"})"));
    ApiClient api = client();
    const auto page = run(api.all_sessions(1, "5"));
    ASSERT_TRUE(page) << page.error().error.message();
    EXPECT_THAT(request_, StartsWith("GET /v1/sessions?user=all&limit=1&cursor=5 HTTP/1.1\r\n"));
    ASSERT_EQ(page->items.size(), 1U);
    EXPECT_EQ(page->items[0].user, 2U);
    EXPECT_EQ(page->items[0].kind, SessionKind::token);
    EXPECT_EQ(page->next_cursor, "7");
}

TEST_F(ClientApiCalls, ForgiveWhatIsCounted) {
    answer_with("HTTP/1.1 204 No Content\r\n\r\n");
    ApiClient api = client();
    const auto forgiven = run(api.forgive("network 192.0.2.1"));
    EXPECT_TRUE(forgiven && *forgiven);
    EXPECT_THAT(request_, StartsWith("DELETE /v1/limits/network%20192.0.2.1 HTTP/1.1\r\n"));
}

TEST_F(ClientApiCalls, ForgiveNothing) {
    answer_with(problem("404 Not Found", "not_found"));
    ApiClient api = client();
    const auto forgiven = run(api.forgive("none"));
    EXPECT_TRUE(forgiven && !*forgiven);
}

TEST_F(ClientApiCalls, ReadTheSettings) {
    answer_with(http_answer("200 OK", R"({"items":[)"
                                      R"({"name":"store","value":"json:a","source":"flag"},)"
                                      R"({"name":"admin-email","value":null,"source":"default"})"
                                      "]}"));
    ApiClient api = client();
    const auto settings = run(api.config());
    ASSERT_TRUE(settings) << settings.error().error.message();
    ASSERT_EQ(settings->size(), 2U);
    EXPECT_EQ((*settings)[0].value, "json:a");
    EXPECT_EQ((*settings)[0].source, "flag");
    EXPECT_EQ((*settings)[1].name, "admin-email");
    EXPECT_EQ((*settings)[1].value, std::nullopt);
}

TEST_F(ClientApiCalls, ReadPagesOfTheAuditLog) {
    answer_with(http_answer("200 OK", R"({"items":[{"seq":2,"a":{"b":1}},{"seq":1}],)"
                                      R"("next_cursor":"1"})"));
    ApiClient api = client();
    AuditQuery query;
    query.actor = "user 7";
    query.since = at(kDay);
    query.limit = 2;
    query.cursor = "3";
    const auto page = run(api.audit(query));
    ASSERT_TRUE(page) << page.error().error.message();
    EXPECT_THAT(request_, StartsWith("GET /v1/audit?limit=2&actor=user%207"
                                     "&since=2026-12-28T00%3A00%3A00Z&cursor=3 HTTP/1.1\r\n"));
    EXPECT_THAT(page->lines, testing::ElementsAre(R"({"seq":2,"a":{"b":1}})", R"({"seq":1})"));
    EXPECT_EQ(page->next_cursor, "1");
}

TEST_F(ClientApiCalls, ReadTheStatusThatAdministratorsSee) {
    answer_with(http_answer("200 OK", R"({"name":"roster","version":"1","status":"ready",)"
                                      R"("uptime_seconds":5,"users":3,"administrators":1,)"
                                      R"("sessions":2,"store":"json:/a","log_ins":{"succeeded":4,)"
                                      R"("refused":3,"delayed":2,"failed":1},)"
                                      R"("last_backup_at":"2026-12-28T00:00:10Z"})"));
    ApiClient api = client();
    const auto status = run(api.status());
    ASSERT_TRUE(status) << status.error().error.message();
    EXPECT_EQ(status->uptime, 5s);
    EXPECT_EQ(status->users, 3U);
    EXPECT_EQ(status->administrators, 1U);
    EXPECT_EQ(status->sessions, 2U);
    EXPECT_EQ(status->store, "json:/a");
    ASSERT_TRUE(status->log_ins);
    EXPECT_EQ(status->log_ins->succeeded, 4U);
    EXPECT_EQ(status->log_ins->failed, 1U);
    EXPECT_EQ(status->last_backup_at, at(kDay, 10s));
}

TEST_F(ClientApiCalls, KnowThatASessionIsMissing) {
    answer_with(problem("404 Not Found", "not_found"));
    ApiClient api = client();
    const auto ended = run(api.end_session(4));
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().error, Errc::session_not_found);
}

TEST_F(ClientApiCalls, KnowTheirOwnSession) {
    answer_with(http_answer("200 OK", R"({"items":[{"id":3,"current":false},)"
                                      R"({"id":5,"current":true}],"next_cursor":null})"));
    ApiClient api = client();
    const auto own = run(api.own_session());
    ASSERT_TRUE(own) << own.error().error.message();
    EXPECT_EQ(*own, 5U);
}

TEST_F(ClientApiCalls, RefuseWhatIsNoSuchDocument) {
    for (const char* body : {"[]", "{}", "{\"items\":[1]}", "no JSON"}) {
        SCOPED_TRACE(body);
        peer_ = std::make_shared<Peer>(io_);
        answer_with(http_answer("200 OK", body, "Connection: close\r\n"));
        ApiClient api = client();
        const auto page = run(api.limits(1));
        ASSERT_FALSE(page);
        EXPECT_EQ(page.error().error, Errc::malformed_answer);
    }
}

}  // namespace
}  // namespace roster::client
