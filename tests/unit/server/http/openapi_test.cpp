// Every operation and status of docs/openapi.json, once each. That what is answered is as described
// is checked by the fixture, in all tests of the API.

#include "unit/server/http/api_fixture.hpp"

#include <fstream>
#include <regex>
#include <set>
#include <string>

namespace roster::server {
namespace {

class OpenApi : public ApiTest {
  protected:
    void expect(unsigned status, const std::string& method, const std::string& target,
                const std::string& token = {}, const std::string& body = {},
                const std::string& headers = {}) {
        const Answer answer = ask(method, target, token, body, headers);
        EXPECT_EQ(answer.status, status) << method << ' ' << target << ' ' << body;
        seen_.insert(testing::name_of({method, target, answer.status, {}}));
    }

    /// Where no token, a wrong body, or a foreign user gets the same from every route.
    void expect_common_refusals(const std::string& method, const std::string& target,
                                const std::string& token) {
        expect(415, method, target, token, "{}", "Content-Type: text/plain\r\n");
        expect(422, method, target, token, R"({"nonsense":1})");
    }

    void ask_for_users();
    void ask_for_changes();
    void ask_for_passwords();
    void ask_for_sessions();
    void ask_for_the_server();
    void ask_about_another();

    std::set<std::string> seen_;
    const std::string bad_ = "rst_" + std::string(43, 'A');
    std::string admin_token_ = log_in("admin@a.com");
    std::string token_ = log_in("user@a.com");
    // By cookie, from another page.
    const std::string foreign_ =
        "Cookie: roster=" + token_ + "\r\nOrigin: null\r\nContent-Type: application/json\r\n";
    const std::string again_ = "If-Match: \"99\"\r\n";
};

void OpenApi::ask_for_users() {
    const std::string body = R"({"email":"n@n.com","password":"long enough"})";
    expect(201, "POST", "/v1/users", {}, body);
    expect(409, "POST", "/v1/users", {}, body);
    expect(401, "POST", "/v1/users", bad_, body);
    expect(400, "POST", "/v1/users", {}, "{");
    expect(403, "POST", "/v1/users", {}, body, foreign_);
    expect_common_refusals("POST", "/v1/users", {});
    expect(200, "GET", "/v1/users?total=true", admin_token_);
    expect(401, "GET", "/v1/users");
    expect(422, "GET", "/v1/users?sort=x", token_);
    expect(200, "GET", "/v1/users/me", token_);
    expect(304, "GET", "/v1/users/me", token_, {}, "If-None-Match: *\r\n");
    expect(401, "GET", "/v1/users/me");
    expect(404, "GET", path_of(admin_), token_);
}

void OpenApi::ask_for_changes() {
    const std::string me = "/v1/users/me";
    expect(200, "PATCH", me, token_, R"({"name":"N"})");
    expect(400, "PATCH", me, token_, "{");
    expect(401, "PATCH", me, {}, "{}");
    expect(403, "PATCH", me, token_, R"({"role":"admin"})");
    expect(404, "PATCH", path_of(admin_), token_, R"({"name":"N"})");
    expect(409, "PATCH", me, token_, R"({"email":"admin@a.com"})");
    expect(412, "PATCH", me, token_, R"({"name":"N"})", again_);
    expect_common_refusals("PATCH", me, token_);
    expect(400, "DELETE", me, token_, {}, "If-Match: x\r\n");
    expect(401, "DELETE", me);
    expect(403, "DELETE", me, {}, {}, foreign_);
    expect(404, "DELETE", path_of(admin_), token_);
    expect(409, "DELETE", path_of(admin_), admin_token_);
    expect(412, "DELETE", me, token_, {}, again_);
    const UserId gone = add("gone@a.com").id;
    expect(204, "DELETE", path_of(gone), admin_token_);
    // Loopback is limited less.
    peer_ = boost::asio::ip::make_address("192.0.2.1");
    for (int i = 0; i < 30; ++i)
        ask("PATCH", me, token_, R"({"email":"admin@a.com"})");
    expect(429, "PATCH", me, token_, R"({"email":"admin@a.com"})");
    expect(429, "POST", "/v1/users", {}, R"({"email":"m@m.com","password":"long enough"})");
    peer_ = boost::asio::ip::make_address("127.0.0.1");
}

void OpenApi::ask_for_passwords() {
    const std::string path = "/v1/users/me/password";
    const std::string body =
        R"({"new_password":"another one","current_password":"right password"})";
    const std::string wrong = R"({"new_password":"another one","current_password":"wrong"})";
    expect(204, "PUT", path, token_, body);
    expect(401, "PUT", path, token_, wrong);
    expect(403, "PUT", path, {}, body, foreign_);
    expect(404, "PUT", path_of(admin_) + "/password", token_, body);
    expect_common_refusals("PUT", path, token_);
    for (int i = 0; i < 5; ++i)
        ask("PUT", path, token_, wrong);
    expect(429, "PUT", path, token_, wrong);
    const std::string link = path_of(user_) + "/password-link";
    expect(201, "POST", link, admin_token_, R"({"purpose":"invite"})");
    expect(401, "POST", link, {}, R"({"purpose":"invite"})");
    expect(403, "POST", link, token_, R"({"purpose":"invite"})");
    expect(404, "POST", path_of(99) + "/password-link", admin_token_, R"({"purpose":"invite"})");
    expect_common_refusals("POST", link, admin_token_);
    const std::string token =
        ask("POST", link, admin_token_, R"({"purpose":"reset"})").text("token");
    const std::string redeem = "/v1/password-links/redeem";
    const std::string redemption = R"({"new_password":"a third one","token":")" + token + "\"}";
    expect(204, "POST", redeem, {}, redemption);
    expect(401, "POST", redeem, {}, redemption);
    expect_common_refusals("POST", redeem, {});
    peer_ = boost::asio::ip::make_address("192.0.2.2");
    for (int i = 0; i < 30; ++i)
        ask("POST", redeem, {}, redemption);
    expect(429, "POST", redeem, {}, redemption);
    peer_ = boost::asio::ip::make_address("127.0.0.1");
}

void OpenApi::ask_for_sessions() {
    const std::string path = "/v1/sessions";
    const std::string body = R"({"login":"admin@a.com","password":"right password"})";
    const std::string wrong = R"({"login":"nobody","password":"wrong"})";
    expect(201, "POST", path, {}, body);
    expect(401, "POST", path, {}, wrong);
    expect(403, "POST", path, {}, body, foreign_);
    expect_common_refusals("POST", path, {});
    for (int i = 0; i < 7; ++i)
        ask("POST", path, {}, wrong);
    expect(429, "POST", path, {}, wrong);
    token_ = log_in("user@a.com", "a third one");
    expect(200, "GET", path, token_);
    expect(401, "GET", path);
    expect(404, "GET", path + "?user=1", token_);
    expect(422, "GET", path + "?user=all&cursor=x", admin_token_);
    const std::string foreign =
        "Cookie: roster=" + token_ + "\r\nOrigin: null\r\nContent-Type: application/json\r\n";
    expect(200, "DELETE", path + "?scope=others", token_);
    expect(401, "DELETE", path + "?scope=others");
    expect(403, "DELETE", path + "?scope=others", {}, {}, foreign);
    expect(404, "DELETE", path + "?scope=all&user=1", token_);
    expect(422, "DELETE", path + "?scope=some", token_);
    expect(201, "POST", "/v1/tokens", token_, R"({"label":"x"})");
    expect(401, "POST", "/v1/tokens", {}, R"({"label":"x"})");
    expect(403, "POST", "/v1/tokens", {}, R"({"label":"x"})", foreign);
    expect_common_refusals("POST", "/v1/tokens", token_);
    expect(401, "DELETE", path + "/current");
    expect(403, "DELETE", path + "/current", {}, {}, foreign);
    expect(404, "DELETE", path + "/99", token_);
    expect(204, "DELETE", path + "/current", token_);
    token_ = log_in("user@a.com", "a third one");
}

void OpenApi::ask_for_the_server() {
    ApiContext context{accounts_, table_, browser_, repeated_, blocking_, blocking_};
    context.read_audit = [](const AuditQuery&) { return AuditPage(); };
    context.back_up = [](const std::string& file) { std::ofstream(file) << "all of it"; };
    api_.emplace(context);
    for (const char* path : {"/v1/audit", "/v1/limits", "/v1/config", "/v1/export", "/metrics"}) {
        expect(200, "GET", path, admin_token_);
        expect(401, "GET", path);
        expect(403, "GET", path, token_);
    }
    expect(422, "GET", "/v1/limits?limit=0", admin_token_);
    expect(422, "GET", "/v1/export?password_hashes=x", admin_token_);
    expect(422, "GET", "/v1/audit?since=x", admin_token_);
    expect(200, "POST", "/v1/backup", admin_token_);
    expect(401, "POST", "/v1/backup");
    expect(403, "POST", "/v1/backup", token_);
    const std::string lines = "Content-Type: application/x-ndjson\r\n";
    const std::string user = R"({"email":"imported@a.com"})";
    expect(200, "POST", "/v1/import?dry_run=true", admin_token_, user, lines);
    expect(401, "POST", "/v1/import", {}, user, lines);
    expect(403, "POST", "/v1/import", token_, user, lines);
    expect(415, "POST", "/v1/import", admin_token_, user);
    expect(422, "POST", "/v1/import?dry_run=x", admin_token_, user, lines);
    const Answer limits = get("/v1/limits", admin_token_);
    const std::string key(limits.json.at("items").at(0).at("key").as_string());
    const std::string path = "/v1/limits/" + std::regex_replace(key, std::regex(" "), "%20");
    expect(401, "DELETE", path);
    expect(403, "DELETE", path, token_);
    expect(204, "DELETE", path, admin_token_);
    expect(404, "DELETE", "/v1/limits/x", admin_token_);
    expect(200, "GET", "/v1/status", admin_token_);
    expect(401, "GET", "/v1/status", bad_);
    expect(200, "GET", "/health/live");
    expect(200, "GET", "/health/ready");
    expect(200, "GET", "/openapi.json");
}

void OpenApi::ask_about_another() {
    const std::string page = "Accept: text/html\r\n";
    const std::string forwarded =
        "X-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\n"
        "X-Forwarded-Host: a\r\nX-Forwarded-Uri: /\r\n";
    const std::string original = "X-Original-URL: https://a/\r\nX-Original-Method: GET\r\n";
    const std::string needs_admin = "Roster-Require: role=admin\r\n";
    for (const auto& [path, headers] : {std::pair{"/v1/authorize", forwarded},
                                        {"/v1/authorize/nginx", original},
                                        {"/v1/authorize/envoy/a/b", forwarded}}) {
        const std::string target = path;
        const bool is_envoy = target.ends_with("b");
        expect(200, "GET", target, token_, {}, headers);
        expect(400, "GET", target, token_);
        expect(401, "GET", target, {}, {}, headers);
        expect(403, "GET", is_envoy ? target : target + "?role=admin", token_, {},
               headers + needs_admin);
        if (target != "/v1/authorize/nginx") expect(302, "GET", target, {}, {}, headers + page);
    }
}

TEST_F(OpenApi, NamesWhatIsAnswered) {
    ask_for_users();
    ask_for_changes();
    ask_for_passwords();
    ask_for_sessions();
    ask_for_the_server();
    ask_about_another();
    const std::set<std::string> described = testing::described_answers();
    for (const std::string& name : described)
        EXPECT_TRUE(seen_.contains(name)) << name << " is described, but was never answered";
    for (const std::string& name : seen_)
        EXPECT_TRUE(described.contains(name)) << name;
}

TEST(OpenApiDocument, NamesEveryRoute) {
    std::set<std::string> described;
    for (const std::string& name : testing::described_answers())
        described.insert(name.substr(0, name.rfind(' ')));
    for (const auto routes : route_tables())
        for (const Route& route : routes) {
            const std::string name =
                std::string(protocol::http::name_of(route.method)) + " " + std::string(route.path);
            EXPECT_EQ(described.erase(name), 1U) << name;
        }
    EXPECT_TRUE(described.empty()) << *described.begin();
}

}  // namespace
}  // namespace roster::server
