#include "unit/server/http/api_fixture.hpp"

#include <boost/json/serialize.hpp>

#include <string>

namespace roster::server {
namespace {

class AdminRoutes : public ApiTest {
  protected:
    std::string admin() { return log_in("admin@a.com"); }

    void fail_to_log_in(int times) {
        for (int i = 0; i < times; ++i)
            ask("POST", "/v1/sessions", {}, R"({"login":"user@a.com","password":"wrong"})");
    }
};

TEST_F(AdminRoutes, AreForAdministrators) {
    const std::string user = log_in("user@a.com");
    for (const char* path : {"/v1/audit", "/v1/config", "/v1/limits"}) {
        EXPECT_EQ(get(path).status, 401U) << path;
        EXPECT_EQ(get(path, user).status, 403U) << path;
    }
    EXPECT_EQ(ask("DELETE", "/v1/limits/x", user).status, 403U);
}

TEST_F(AdminRoutes, TellWhomTheRateLimiterDelaysAndForgiveThem) {
    const std::string token = admin();
    EXPECT_EQ(boost::json::serialize(get("/v1/limits", token).json),
              R"({"items":[],"next_cursor":null})");
    peer_ = boost::asio::ip::make_address("2001:db8:1:2::7");
    fail_to_log_in(6);
    const Answer all = get("/v1/limits", token);
    const auto& delays = all.json.at("items").as_array();
    ASSERT_EQ(delays.size(), 2U);
    EXPECT_EQ(delays[0].at("key").as_string(), "network 2001:db8:1:2::/64");
    EXPECT_LT(delays[0].at("since").as_string(), delays[0].at("until").as_string());
    const Answer first = get("/v1/limits?limit=1", token);
    EXPECT_EQ(first.json.at("items").as_array().size(), 1U);
    EXPECT_EQ(first.text("next_cursor"), "network 2001:db8:1:2::/64");
    EXPECT_EQ(get("/v1/limits?limit=1&cursor=network+2001:db8:1:2::/64", token)
                  .json.at("items")
                  .as_array()
                  .size(),
              1U);
    EXPECT_EQ(get("/v1/limits?limit=0", token).errors(), "/limit out_of_range\n");

    const std::string network = "/v1/limits/network%202001:db8:1:2::%2F64";
    EXPECT_EQ(ask("DELETE", network, token).status, 204U);
    EXPECT_EQ(ask("DELETE", network, token).code(), "not_found");
    const std::string guesser =
        "/v1/limits/guesser%20account:" + std::to_string(user_) + "%202001:db8:1:2::%2F64";
    EXPECT_EQ(ask("DELETE", guesser, token).status, 204U);
    EXPECT_EQ(get("/v1/limits", token).json.at("items").as_array().size(), 0U);
    log_in("user@a.com");
}

TEST_F(AdminRoutes, SayWhenWhatWasForgivenCannotBeWritten) {
    const std::string token = admin();
    peer_ = boost::asio::ip::make_address("192.0.2.1");
    fail_to_log_in(6);
    store_.fail_writes = Errc::store_unavailable;
    EXPECT_EQ(ask("DELETE", "/v1/limits/network%20192.0.2.1", token).status, 503U);
}

TEST_F(AdminRoutes, ShowTheSettings) {
    const std::vector<ServerSetting> settings{{"store", "json:\"x\"", "file"},
                                              {"password-blocklist", std::nullopt, "default"}};
    ApiContext context{accounts_, table_, browser_, repeated_, blocking_, blocking_};
    context.settings = settings;
    api_.emplace(context);
    EXPECT_EQ(boost::json::serialize(get("/v1/config", admin()).json.at("items")),
              R"([{"name":"store","value":"json:\"x\"","source":"file"},)"
              R"({"name":"password-blocklist","value":null,"source":"default"}])");
}

TEST_F(AdminRoutes, ListTheAuditLog) {
    const std::string token = admin();
    EXPECT_EQ(get("/v1/audit", token).code(), "not_implemented");
    AuditQuery asked;
    ApiContext context{accounts_, table_, browser_, repeated_, blocking_, blocking_};
    context.read_audit = [&](const AuditQuery& query) -> result<AuditPage> {
        asked = query;
        if (query.cursor == "wrong") return Errc::invalid_request;
        AuditPage page;
        page.lines = {R"({"seq":2})", R"({"seq":1})"};
        page.next_cursor = "1-0";
        return page;
    };
    api_.emplace(context);
    EXPECT_EQ(get("/v1/audit?actor=user+1&action=log_in&outcome=ok&address=::1&request_id=a&limit=2"
                  "&since=2026-11-22T09:00:00Z&until=2026-11-23T09:00:00Z",
                  token)
                  .body,
              R"({"items":[{"seq":2},{"seq":1}],"next_cursor":"1-0"})");
    EXPECT_EQ(asked.actor + asked.action + asked.outcome + asked.address + asked.request_id,
              "user 1log_inok::1a");
    EXPECT_EQ(asked.limit, 2U);
    EXPECT_EQ(*asked.until - *asked.since, std::chrono::hours(24));
    EXPECT_EQ(get("/v1/audit?cursor=wrong", token).errors(), "/cursor invalid\n");
    EXPECT_EQ(get("/v1/audit?since=yesterday&who=me", token).errors(),
              "/since invalid_value\n/who unknown_member\n");
}

}  // namespace
}  // namespace roster::server
