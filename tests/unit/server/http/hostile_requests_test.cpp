// Every route with every method by everybody, members that their caller may not set, and ids of
// others in every form.

#include "unit/server/http/api_fixture.hpp"

#include <boost/json/serialize.hpp>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace roster::server {
namespace {

using std::string;

struct Caller {
    const char* name;
    string token;
    bool is_operator = false;
};

class HostileRequests : public ApiTest {
  protected:
    HostileRequests() {
        ApiContext context{accounts_, table_, browser_, repeated_, blocking_, blocking_};
        context.read_audit = [](const AuditQuery&) { return AuditPage(); };
        context.back_up = [](const string& file) { std::ofstream(file) << "all of it"; };
        api_.emplace(context);
    }

    unsigned ask_as(const Caller& caller, const string& method, const string& target) {
        const PeerAddress before = peer_;
        if (caller.is_operator) peer_ = std::nullopt;
        const unsigned status = ask(method, target, caller.token).status;
        peer_ = before;
        return status;
    }

    void expect_access(const Route& route, const string& target);

    string user_document() {
        return boost::json::serialize(get(path_of(user_), admin_token_).json);
    }

    const string admin_token_ = log_in("admin@a.com");
    const string user_token_ = log_in("user@a.com");
};

// Something that is not there, so that nothing changes.
string target_of(const Route& route) {
    string target(route.path);
    const auto bracket = target.find('{');
    if (bracket != target.npos) target.replace(bracket, target.find('}') - bracket + 1, "99");
    return target;
}

void HostileRequests::expect_access(const Route& route, const string& target) {
    const string method(protocol::http::name_of(route.method));
    const string what = method + " " + target;
    // Not from a proxy: it says nothing of another request.
    if (route.access == Access::another) {
        for (const Caller& caller :
             {Caller{"nobody", {}}, Caller{"admin", admin_token_}, Caller{"operator", {}, true}})
            EXPECT_EQ(ask_as(caller, method, target), 400U) << caller.name << ' ' << what;
        return;
    }
    const unsigned by_nobody = ask_as({"nobody", {}}, method, target);
    if (route.access == Access::anyone)
        EXPECT_NE(by_nobody, 401U) << what;
    else
        EXPECT_EQ(by_nobody, 401U) << what;
    const unsigned by_user = ask_as({"user", user_token_}, method, target);
    EXPECT_EQ(by_user == 403, route.access == Access::admin) << what << ' ' << by_user;
    for (const Caller& caller : {Caller{"admin", admin_token_}, Caller{"operator", {}, true}}) {
        const unsigned status = ask_as(caller, method, target);
        EXPECT_NE(status, 401U) << caller.name << ' ' << what;
        EXPECT_NE(status, 403U) << caller.name << ' ' << what;
        EXPECT_LT(status, 500U) << caller.name << ' ' << what;
    }
    EXPECT_LT(by_nobody, 500U) << what;
    EXPECT_LT(by_user, 500U) << what;
}

TEST_F(HostileRequests, EveryRouteIsForItsCallers) {
    for (const auto routes : route_tables())
        for (const Route& route : routes)
            expect_access(route, target_of(route));
    EXPECT_EQ(store_.status().users, 2U);
}

TEST_F(HostileRequests, OtherMethodsAreRefusedWhoeverAsks) {
    using protocol::http::Method;
    for (const auto routes : route_tables())
        for (const Route& route : routes) {
            if (route.takes_all_below) continue;
            const string target = target_of(route);
            const string allow = ask("OPTIONS", target).headers;
            for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
                // As a word: not a part of another one.
                if ((allow + ",").find(" " + string(method) + ",") != string::npos) continue;
                if (allow.find(" " + string(method) + "\r") != string::npos) continue;
                for (const Caller& caller :
                     {Caller{"nobody", {}}, Caller{"user", user_token_},
                      Caller{"admin", admin_token_}, Caller{"operator", {}, true}})
                    EXPECT_EQ(ask_as(caller, method, target), 405U)
                        << caller.name << ' ' << method << ' ' << target << ' ' << allow;
            }
        }
}

// {member, value} that only administrators set, and what nobody sets.
const std::vector<std::pair<string, string>> kOfAdministrators{
    {"role", "\"admin\""},
    {"disabled", "true"},
    {"groups", R"(["admins"])"},
    {"email_verified_at", "\"2026-11-22T09:00:00Z\""},
    {"metadata", R"({"plan":"free"})"},
};
const std::vector<std::pair<string, string>> kOfNobody{
    {"id", "1"},
    {"created_at", "\"2001-01-01T00:00:00Z\""},
    {"updated_at", "\"2001-01-01T00:00:00Z\""},
    {"last_login_at", "\"2001-01-01T00:00:00Z\""},
    {"password_hash", "\"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR\""},
    {"revision", "1"},
    {"credentials_revision", "1"},
    {"is_admin", "true"},
    {"Role", "\"admin\""},
    {"role ", "\"admin\""},
};

TEST_F(HostileRequests, UsersSetNothingThatIsNotTheirs) {
    const string before = user_document();
    for (const auto& [name, value] : kOfAdministrators) {
        const string body = R"({"name":"N",")" + name + "\":" + value + "}";
        EXPECT_EQ(ask("PATCH", "/v1/users/me", user_token_, body).status, 403U) << body;
        EXPECT_EQ(ask("PATCH", path_of(user_), user_token_, body).status, 403U) << body;
    }
    for (const auto& [name, value] : kOfNobody) {
        const string body = R"({"name":"N",")" + name + "\":" + value + "}";
        EXPECT_EQ(ask("PATCH", "/v1/users/me", user_token_, body).status, 422U) << body;
        EXPECT_EQ(ask("PATCH", path_of(user_), admin_token_, body).status, 422U) << body;
    }
    EXPECT_EQ(user_document(), before);
}

TEST_F(HostileRequests, ASignUpSetsNothingThatIsNotTheirs) {
    for (const char* member : {R"("role":"user")", R"("disabled":false)", R"("groups":null)",
                               R"("groups":[])", R"("metadata":{})", R"("email_verified_at":null)"})
        EXPECT_EQ(ask("POST", "/v1/users", {},
                      R"({"email":"new@a.com","password":"right password",)" + string(member) + "}")
                      .status,
                  403U)
            << member;
    for (const auto& [name, value] : kOfAdministrators)
        for (const string& token : {string(), user_token_}) {
            const string body =
                R"({"email":"n@n.com","password":"long enough",")" + name + "\":" + value + "}";
            EXPECT_EQ(ask("POST", "/v1/users", token, body).status, 403U) << body;
        }
    for (const auto& [name, value] : kOfNobody)
        for (const string& token : {string(), admin_token_}) {
            const string body =
                R"({"email":"n@n.com","password":"long enough",")" + name + "\":" + value + "}";
            EXPECT_EQ(ask("POST", "/v1/users", token, body).status, 422U) << body;
        }
    EXPECT_EQ(store_.status().users, 2U);
}

TEST_F(HostileRequests, ASessionIsOfItsKindAndItsUser) {
    for (const char* member : {R"("user":1)", R"("kind":"login")", R"("id":1)", R"("role":"admin")",
                               R"("session":1)", R"("current":true)"}) {
        const string more = string(member) + "}";
        EXPECT_EQ(ask("POST", "/v1/sessions", {},
                      R"({"login":"user@a.com","password":"right password",)" + more)
                      .status,
                  422U)
            << member;
        EXPECT_EQ(ask("POST", "/v1/tokens", user_token_, R"({"label":"x",)" + more).status, 422U)
            << member;
    }
    EXPECT_EQ(get("/v1/sessions", user_token_).json.at("items").as_array().size(), 1U);
}

// Of `id`, and of nobody.
std::vector<string> forms_of(UserId user) {
    const string id = std::to_string(user);
    return {id,
            "0" + id,
            "00000000000000000000000000" + id,
            "+" + id,
            "%2B" + id,
            "-" + id,
            id + ".0",
            id + ".",
            id + "e0",
            "0x" + id,
            "%3" + id,
            "%20" + id,
            id + "%20",
            id + "%0A",
            "%09" + id,
            id + "%2C" + id,
            id + ";a",
            id + "%3Ba",
            "me/../" + id,
            "me%2F..%2F" + id,
            "me%2F" + id,
            "../users/" + id,
            "./" + id,
            "..%2Fusers%2F" + id,
            "%2E%2E/" + id,
            id + "/",
            id + "//",
            "/" + id,
            id + "%2F",
            id + "?user=" + id,
            "%EF%BC%91",
            "%D9%A1",
            "0",
            "00",
            "-0",
            "-1",
            "ME",
            "Me",
            "m%65x",
            "*",
            "null",
            "true",
            "%5B%5D",
            "%7Bid%7D",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "18446744073709551617",
            "99999999999999999999999999999999",
            "%25"
            "31",
            "1%2500"};
}

// A parameter that is not known is refused, no matter who it is about.
unsigned refusal_of(const string& form) {
    return form.find('?') == string::npos ? 404 : 422;
}

TEST_F(HostileRequests, IdsOfOthersAreMissingInEveryForm) {
    const string patch = R"({"name":"stolen"})";
    const string password = R"({"new_password":"stolen it","current_password":"right password"})";
    for (const string& form : forms_of(admin_)) {
        const string target = "/v1/users/" + form;
        const unsigned refused = refusal_of(form);
        EXPECT_EQ(get(target, user_token_).status, refused) << target;
        EXPECT_EQ(ask("PATCH", target, user_token_, patch).status, refused) << target;
        EXPECT_EQ(ask("DELETE", target, user_token_).status, refused) << target;
        const string path = target.substr(0, target.find('?'));
        EXPECT_EQ(ask("PUT", path + "/password", user_token_, password).status, 404U) << target;
        // Of the administrator's session, which is the first one.
        EXPECT_EQ(ask("DELETE", "/v1/sessions/" + form, user_token_).status, refused) << form;
        EXPECT_EQ(get("/v1/sessions?user=" + path.substr(10), user_token_).status, 404U) << form;
    }
    EXPECT_EQ(store_.get(admin_).profile.name, "");
    EXPECT_EQ(get("/v1/users/me", admin_token_).status, 200U);
}

TEST_F(HostileRequests, AnIdOfNobodyIsNoOnesForAdministratorsToo) {
    for (const string& form : forms_of(99)) {
        const unsigned status = get("/v1/users/" + form, admin_token_).status;
        EXPECT_EQ(status, refusal_of(form)) << form;
    }
}

}  // namespace
}  // namespace roster::server
