#include "server/http/api.hpp"

#include "unit/server/http/api_fixture.hpp"
#include "unit/server/server_fixture.hpp"

#include <boost/json/serialize.hpp>

#include <regex>
#include <string>

namespace roster::server {
namespace {

TEST_F(ApiTest, WhatIsNotThereIsNotFound) {
    for (const char* path : {"/", "/v1", "/v1/", "/v2/users", "/v1/users/", "/v1/users/1/x",
                             "/v1/users/1/password/x", "//v1/users", "/V1/users"}) {
        const Answer answer = get(path);
        EXPECT_EQ(answer.status, 404U) << path;
        EXPECT_EQ(answer.code(), "not_found") << path;
    }
}

TEST_F(ApiTest, AnotherMethodIsToldWhichThereAre) {
    const Answer answer = ask("PUT", "/v1/users");
    EXPECT_EQ(answer.status, 405U);
    EXPECT_TRUE(answer.has_header("Allow: GET, HEAD, POST, OPTIONS")) << answer.headers;
    const Answer options = ask("OPTIONS", "/v1/users/1");
    EXPECT_EQ(options.status, 204U);
    EXPECT_TRUE(options.has_header("Allow: GET, HEAD, PATCH, DELETE, OPTIONS")) << options.headers;
}

TEST_F(ApiTest, NoParameterIsMisspeltOrThereTwice) {
    const std::string token = log_in("admin@a.com");
    EXPECT_EQ(get("/v1/users?limit=1&limit=2", token).errors(), "/limit repeated\n");
    EXPECT_EQ(get("/v1/export?hashes=true", token).errors(), "/hashes unknown_member\n");
    EXPECT_EQ(ask("POST", "/v1/import?dryrun=true", token, R"({"email":"n@n.com"})",
                  "Content-Type: application/x-ndjson\r\n")
                  .errors(),
              "/dryrun unknown_member\n");
    EXPECT_EQ(get("/v1/users/me?x", token).status, 422U);
    EXPECT_EQ(get("/v1/users/me?x").status, 401U);
    EXPECT_EQ(get("/health/live?x=1").status, 200U);
}

TEST_F(ApiTest, NoHeaderOfTheBodyIsThereTwice) {
    EXPECT_EQ(ask("POST", "/v1/sessions", {}, "{}",
                  "Content-Type: application/json\r\nContent-Type: text/plain\r\n")
                  .status,
              400U);
}

TEST_F(ApiTest, SpacesMaySeparateTheTokenFromItsScheme) {
    const std::string token = log_in("user@a.com");
    EXPECT_EQ(
        ask("GET", "/v1/users/me", {}, {}, "Authorization: bearer   " + token + "\r\n").status,
        200U);
}

TEST_F(ApiTest, TraceIsNoMethodOfAnything) {
    const Answer answer = ask("TRACE", "/v1/users/1");
    EXPECT_EQ(answer.status, 405U);
    EXPECT_TRUE(answer.has_header("Allow: GET, HEAD, PATCH, DELETE, OPTIONS")) << answer.headers;
    EXPECT_EQ(ask("TRACE", "/nothing").status, 404U);
}

TEST_F(ApiTest, HeadIsAnsweredAsGet) {
    EXPECT_EQ(ask("HEAD", "/v1/users/me", log_in("user@a.com")).status, 200U);
    EXPECT_EQ(ask("HEAD", "/v1/users/me").status, 401U);
}

TEST_F(ApiTest, OnTheAdminSocketTheOperatorAsks) {
    peer_ = std::nullopt;
    const std::string closed = R"({"email":"n@n.com","password":"long enough","role":"admin"})";
    EXPECT_EQ(ask("POST", "/v1/users", {}, closed).status, 201U);
    EXPECT_EQ(get("/v1/users?total=true").json.at("total"), 3);
    EXPECT_EQ(ask("PATCH", path_of(user_), {}, R"({"disabled":true})").status, 200U);
    EXPECT_EQ(ask("DELETE", path_of(admin_)).status, 204U);
    // Nobody's own user, and no session.
    EXPECT_EQ(get("/v1/users/me").status, 404U);
    EXPECT_EQ(ask("DELETE", "/v1/sessions/current").status, 404U);
}

TEST_F(ApiTest, OnTheAdminSocketASessionIsOfItsUser) {
    peer_ = std::nullopt;
    const std::string token = log_in("user@a.com");
    EXPECT_EQ(get("/v1/users/me", token).json.at("id"), user_);
    EXPECT_EQ(get(path_of(admin_), token).status, 404U);
    EXPECT_EQ(get("/v1/users", "rst_" + std::string(43, 'A')).status, 401U);
    // A cookie is a browser's, which does not come here.
    const Answer all =
        ask("GET", "/v1/users?total=true", {}, {}, "Cookie: roster=" + token + "\r\n");
    EXPECT_EQ(all.json.at("total"), 2);
}

TEST_F(ApiTest, NobodyIsToldToLogIn) {
    for (const char* route :
         {"GET /v1/users", "GET /v1/users/1", "GET /v1/users/me", "DELETE /v1/users/1",
          "PATCH /v1/users/1", "GET /v1/sessions", "PUT /v1/users/1/password",
          "DELETE /v1/sessions/1", "DELETE /v1/sessions?scope=all"}) {
        const std::string text = route;
        const auto space = text.find(' ');
        const Answer answer = ask(text.substr(0, space), text.substr(space + 1));
        EXPECT_EQ(answer.status, 401U) << route;
        EXPECT_EQ(answer.code(), "unauthenticated") << route;
        EXPECT_TRUE(answer.has_header("WWW-Authenticate: Bearer")) << route;
    }
}

TEST_F(ApiTest, WhatIsNoTokenIsRefusedWhereverItIsSent) {
    const std::string token = log_in("user@a.com");
    for (const std::string& wrong : {"Basic " + token, std::string("Bearer"), "Bearer" + token,
                                     "Bearer " + token + "x", std::string("Bearer rst_x")}) {
        EXPECT_EQ(ask("GET", "/v1/users/me", {}, {}, "Authorization: " + wrong + "\r\n").status,
                  401U)
            << wrong;
        EXPECT_EQ(ask("GET", "/v1/status", {}, {}, "Authorization: " + wrong + "\r\n").status, 401U)
            << wrong;
    }
    const std::string twice = "Authorization: Bearer " + token + "\r\n";
    EXPECT_EQ(ask("GET", "/v1/users/me", {}, {}, twice + twice).status, 400U);
    EXPECT_EQ(ask("GET", "/v1/users/me", {}, {}, "authorization: bearer " + token + "\r\n").status,
              200U);
}

TEST_F(ApiTest, ABodyIsJsonAndSaysSo) {
    const std::string body = R"({"email":"n@n.com","password":"long enough"})";
    for (const char* type : {"text/plain", "application/x-www-form-urlencoded",
                             "application/json; charset=latin1", "application/merge-patch+json"})
        EXPECT_EQ(ask("POST", "/v1/users", {}, body, "Content-Type: " + std::string(type) + "\r\n")
                      .code(),
                  "unsupported_media_type")
            << type;
    EXPECT_EQ(ask("POST", "/v1/users").code(), "unsupported_media_type");
    EXPECT_EQ(ask("POST", "/v1/users", {}, "{").code(), "malformed_json");
    EXPECT_EQ(ask("POST", "/v1/users", {}, R"({"email":"a","email":"b"})").code(),
              "malformed_json");
    EXPECT_EQ(ask("POST", "/v1/users", {}, "[]").code(), "validation_failed");
}

TEST_F(ApiTest, ClientsThatTakeNoJsonAreToldSo) {
    EXPECT_EQ(ask("GET", "/v1/status", {}, {}, "Accept: text/html\r\n").status, 406U);
    EXPECT_EQ(ask("GET", "/v1/status", {}, {}, "Accept: text/html, */*;q=0.1\r\n").status, 200U);
}

TEST_F(ApiTest, TheStatusTellsAnAdministratorMore) {
    const Answer anybody = get("/v1/status");
    EXPECT_EQ(anybody.text("name"), "roster");
    EXPECT_EQ(anybody.text("status"), "ready");
    EXPECT_FALSE(anybody.json.as_object().contains("users"));
    EXPECT_FALSE(get("/v1/status", log_in("user@a.com")).json.as_object().contains("users"));
    ask("POST", "/v1/sessions", {}, R"({"login":"user@a.com","password":"wrong"})");
    const Answer all = get("/v1/status", log_in("admin@a.com"));
    EXPECT_EQ(all.json.at("users").as_int64(), 2);
    EXPECT_EQ(all.json.at("administrators").as_int64(), 1);
    EXPECT_EQ(all.json.at("sessions").as_int64(), 2);
    EXPECT_EQ(all.text("store"), "fake:");
    EXPECT_EQ(boost::json::serialize(all.json.at("log_ins")),
              R"({"succeeded":2,"refused":1,"delayed":0,"failed":0})");
    EXPECT_TRUE(all.json.at("last_backup_at").is_null());
}

TEST_F(ApiTest, TheStatusCountsWhoIsDelayedAndWhatFails) {
    const std::string admin = log_in("admin@a.com");
    peer_ = boost::asio::ip::make_address("192.0.2.1");
    const std::string wrong = R"({"login":"user@a.com","password":"wrong"})";
    int refused = 0;
    while (ask("POST", "/v1/sessions", {}, wrong).status == 401)
        ASSERT_LT(++refused, 100);
    store_.fail_reads = Errc::store_unavailable;
    EXPECT_EQ(ask("POST", "/v1/sessions", {}, wrong).status, 503U);
    store_.fail_reads = std::nullopt;
    EXPECT_EQ(
        boost::json::serialize(get("/v1/status", admin).json.at("log_ins")),
        R"({"succeeded":1,"refused":)" + std::to_string(refused) + R"(,"delayed":1,"failed":1})");
}

TEST_F(ApiTest, OnlyAdministratorsLearnWhereTheTimeGoes) {
    const auto has_timing = [](const Answer& answer) {
        return answer.headers.find("Server-Timing") != std::string::npos;
    };
    const std::string log_in_body = R"({"login":"admin@a.com","password":"right password"})";
    EXPECT_FALSE(has_timing(ask("POST", "/v1/sessions", {}, log_in_body)));
    const std::string user = log_in("user@a.com");
    EXPECT_FALSE(has_timing(get("/v1/users/me", user)));
    EXPECT_FALSE(has_timing(ask("POST", "/v1/sessions", user, log_in_body)));
    EXPECT_FALSE(has_timing(get("/v1/config", user)));
    const std::string admin = log_in("admin@a.com");
    static const std::regex kTiming(
        R"re([^]*Server-Timing: hash;dur=([0-9]+\.[0-9]{3}), store;dur=[0-9]+\.[0-9]{3}, )re"
        R"re(total;dur=[0-9]+\.[0-9]{3}\r\n[^]*)re");
    std::smatch match;
    const std::string read = get("/v1/users/me", admin).headers;
    ASSERT_TRUE(std::regex_match(read, match, kTiming)) << read;
    EXPECT_EQ(match[1], "0.000");
    const std::string hashed =
        ask("PUT", path_of(user_) + "/password", admin, R"({"new_password":"another one"})")
            .headers;
    ASSERT_TRUE(std::regex_match(hashed, match, kTiming)) << hashed;
    EXPECT_NE(match[1], "0.000");
}

TEST_F(ApiTest, HealthSaysWhetherTheStoreCanBeWritten) {
    EXPECT_EQ(get("/health/live").status, 200U);
    EXPECT_EQ(get("/health/ready").status, 200U);
    store_.read_only = true;
    const Answer read_only = get("/health/ready");
    EXPECT_EQ(read_only.status, 503U);
    EXPECT_EQ(read_only.code(), "store_unavailable");
    EXPECT_EQ(read_only.text("detail"), "the store cannot be written: the disk is full");
    EXPECT_TRUE(read_only.has_header("Retry-After: 2"));
    EXPECT_EQ(get("/v1/status").text("status"), "read-only");
    table_.close_all(CloseReason::stopping);
    EXPECT_EQ(get("/health/live").status, 200U);
    const Answer answer = get("/health/ready");
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(answer.text("detail"), "the server is stopping");
    EXPECT_TRUE(answer.has_header("Retry-After: 2"));
    EXPECT_EQ(get("/v1/status").text("status"), "draining");
}

TEST(ApiOverTheWire, AUserSignsUpLogsInAndLooks) {
    TestServer server;
    auto client = server.connect_http();
    const auto post = [&client](const std::string& path, const std::string& body) {
        return client.ask("POST " + path +
                          " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
                          "\r\nContent-Type: application/json\r\n\r\n" + body);
    };
    EXPECT_EQ(post("/v1/users", R"({"email":"a@a.com","password":"long enough"})").status, 201U);
    const auto log_in = post("/v1/sessions", R"({"login":"a@a.com","password":"long enough"})");
    const auto token = boost::json::parse(log_in.body).at("token").as_string();
    const auto own = client.ask("GET /v1/users/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " +
                                std::string(token) + "\r\n\r\n");
    EXPECT_EQ(boost::json::parse(own.body).at("email").as_string(), "a@a.com");
    // The next user on this connection is nobody.
    EXPECT_EQ(client.ask("GET /v1/users/me HTTP/1.1\r\nHost: a\r\n\r\n").status, 401U);
}

}  // namespace
}  // namespace roster::server
