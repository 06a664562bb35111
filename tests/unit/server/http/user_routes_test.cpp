#include "server/http/documents.hpp"
#include "unit/server/http/api_fixture.hpp"

#include <boost/json/serialize.hpp>

#include <string>

namespace roster::server {
namespace {

class UserRoutes : public ApiTest {
  protected:
    Answer sign_up(const std::string& body, const std::string& token = {}) {
        return ask("POST", "/v1/users", token, body);
    }

    Answer patch(UserId id, const std::string& body, const std::string& token,
                 const std::string& headers = {}) {
        return ask("PATCH", path_of(id), token, body, headers);
    }
};

TEST_F(UserRoutes, ASignUpAnswersWithTheUser) {
    const Answer answer = sign_up(R"({"email":"n@n.com","password":"long enough"})");
    EXPECT_EQ(answer.status, 201U);
    EXPECT_EQ(answer.text("email"), "n@n.com");
    EXPECT_EQ(answer.text("role"), "user");
    EXPECT_FALSE(answer.json.at("disabled").as_bool());
    EXPECT_TRUE(answer.json.at("metadata").as_object().empty());
    EXPECT_TRUE(answer.has_header("Location: /v1/users/3")) << answer.headers;
    EXPECT_NE(answer.headers.find("ETag: \""), std::string::npos);
    EXPECT_FALSE(answer.json.as_object().contains("password"));
    EXPECT_FALSE(answer.json.as_object().contains("password_hash"));
    EXPECT_EQ(sign_up(R"({"email":"N@n.com","password":"long enough"})").code(), "email_taken");
}

TEST_F(UserRoutes, AUserHasAProfile) {
    const Answer answer =
        sign_up(R"({"email":"n@n.com","password":"long enough","username":"Nora","name":"N. Ora",)"
                R"("locale":"de-CH"})");
    EXPECT_EQ(answer.status, 201U);
    EXPECT_EQ(answer.text("username"), "Nora");
    EXPECT_EQ(answer.text("locale"), "de-CH");
    EXPECT_TRUE(answer.json.at("groups").as_array().empty());
    EXPECT_TRUE(answer.json.at("email_verified_at").is_null());
    EXPECT_EQ(sign_up(R"({"email":"o@o.com","password":"long enough","username":"nora"})").code(),
              "username_taken");
    const std::string token = log_in("nora", "long enough");
    const Answer changed = patch(3, R"({"username":null,"name":"New"})", token);
    EXPECT_TRUE(changed.json.at("username").is_null());
    EXPECT_EQ(changed.text("name"), "New");
    EXPECT_EQ(changed.text("locale"), "de-CH");
    EXPECT_EQ(patch(3, R"({"groups":["media"]})", token).status, 403U);
    EXPECT_EQ(patch(3, R"({"email_verified_at":"2026-01-01T00:00:00Z"})", token).status, 403U);
    const std::string admin = log_in("admin@a.com");
    const Answer grouped = patch(
        3, R"({"groups":["media","admins"],"email_verified_at":"2026-01-01T00:00:00Z"})", admin);
    EXPECT_EQ(boost::json::serialize(grouped.json.at("groups")), R"(["admins","media"])");
    EXPECT_EQ(get("/v1/users?group=media", admin).json.at("items").as_array().size(), 1U);
    EXPECT_EQ(patch(3,
                    R"({"username":"1","name":"\u0007","locale":"_","groups":["A"],)"
                    R"("email_verified_at":"now"})",
                    token)
                  .errors(),
              "/username invalid_value\n/name invalid_value\n/locale invalid_value\n"
              "/groups invalid_value\n/email_verified_at invalid_value\n");
}

TEST_F(UserRoutes, EverythingThatIsWrongIsSaidAtOnce) {
    const Answer answer =
        sign_up(R"({"email":7,"role":"boss","disabled":"no","metadata":[],"is_admin":true})");
    EXPECT_EQ(answer.status, 422U);
    EXPECT_EQ(answer.errors(),
              "/email wrong_type\n/password missing\n/role unknown_value\n/disabled wrong_type\n"
              "/metadata wrong_type\n/is_admin unknown_member\n");
    EXPECT_EQ(sign_up(R"({"email":"a","password":"long enough"})").errors(), "/email too_short\n");
    EXPECT_EQ(sign_up(R"({"email":"n@n.com","password":"short"})").errors(),
              "/password too_short\n");
    EXPECT_EQ(sign_up(R"({"email":"n@n.com","password":"password1"})").errors(),
              "/password too_common\n");
}

TEST_F(UserRoutes, NobodyMakesThemselvesAnAdministrator) {
    const std::string token = log_in("user@a.com");
    for (const char* extra : {R"("role":"admin")", R"("disabled":true)", R"("metadata":{"a":1})"}) {
        const std::string body =
            R"({"email":"n@n.com","password":"long enough",)" + std::string(extra) + "}";
        EXPECT_EQ(sign_up(body).status, 403U) << extra;
        EXPECT_EQ(sign_up(body, token).status, 403U) << extra;
        EXPECT_EQ(patch(user_, "{" + std::string(extra) + "}", token).status, 403U) << extra;
    }
    for (const char* member :
         {"id", "created_at", "updated_at", "revision", "credentials_revision", "password_hash"})
        EXPECT_EQ(patch(user_, "{\"" + std::string(member) + "\":1}", log_in("admin@a.com")).status,
                  422U)
            << member;
    const Answer made = sign_up(
        R"({"email":"n@n.com","password":"long enough","role":"admin","metadata":{"a":[1.50]}})",
        log_in("admin@a.com"));
    EXPECT_EQ(made.status, 201U);
    EXPECT_EQ(made.text("role"), "admin");
}

TEST_F(UserRoutes, ForeignUsersLookLikeMissingOnes) {
    const std::string token = log_in("user@a.com");
    for (const std::string& id :
         {std::to_string(admin_), std::string("99"), std::string("0"), std::string("-1"),
          std::string("1.0"), std::string("%31"), std::string("01"), std::string("+1"),
          std::string("x"), std::string("18446744073709551616")}) {
        const std::string path = "/v1/users/" + id;
        EXPECT_EQ(get(path, token).code(), "not_found") << id;
        EXPECT_EQ(ask("PATCH", path, token, "{}").code(), "not_found") << id;
        EXPECT_EQ(ask("DELETE", path, token).code(), "not_found") << id;
        EXPECT_EQ(ask("PUT", path + "/password", token, R"({"new_password":"long enough"})").code(),
                  "not_found")
            << id;
    }
    EXPECT_EQ(get(path_of(user_), token).text("email"), "user@a.com");
    EXPECT_EQ(get("/v1/users/me", token).json.at("id").as_int64(), static_cast<int>(user_));
    EXPECT_EQ(get(path_of(user_), log_in("admin@a.com")).text("email"), "user@a.com");
}

TEST_F(UserRoutes, AListIsForAdministratorsAndOthersSeeThemselves) {
    const std::string admin = log_in("admin@a.com");
    for (int i = 0; i < 3; ++i)
        add("n" + std::to_string(i) + "@n.com");
    Answer page = get("/v1/users?limit=2&sort=-id&total=true&q=n.com", admin);
    EXPECT_EQ(page.status, 200U);
    EXPECT_EQ(page.json.at("items").as_array().size(), 2U);
    EXPECT_EQ(page.json.at("total").as_int64(), 3);
    EXPECT_EQ(page.json.at("limit").as_int64(), 2);
    page = get("/v1/users?limit=2&sort=-id&q=n.com&cursor=" + page.text("next_cursor"), admin);
    EXPECT_EQ(page.json.at("items").as_array().size(), 1U);
    EXPECT_TRUE(page.json.at("next_cursor").is_null());
    const Answer own = get("/v1/users?role=admin&total=true", log_in("user@a.com"));
    EXPECT_EQ(own.json.at("items").as_array().size(), 1U);
    EXPECT_EQ(own.json.at("total").as_int64(), 1);
    EXPECT_EQ(own.json.at("items").at(0).at("email").as_string(), "user@a.com");
    const Answer wrong =
        get("/v1/users?limit=501&sort=height&role=x&disabled=1&total=2&page=3", admin);
    EXPECT_EQ(wrong.errors(),
              "/limit out_of_range\n/sort unknown_value\n/role unknown_value\n"
              "/disabled unknown_value\n/total unknown_value\n/page unknown_member\n");
    EXPECT_EQ(get("/v1/users?cursor=x", admin).errors(), "/cursor invalid\n");
}

TEST_F(UserRoutes, AChangeMayAskForTheRevision) {
    const std::string token = log_in("user@a.com");
    const std::string old_tag = "If-Match: " + etag_of(store_.get(user_)) + "\r\n";
    const Answer changed = patch(user_, R"({"email":"new@a.com"})", token, old_tag);
    EXPECT_EQ(changed.status, 200U);
    EXPECT_EQ(changed.text("email"), "new@a.com");
    EXPECT_TRUE(changed.has_header("ETag: " + etag_of(store_.get(user_))));
    EXPECT_EQ(patch(user_, R"({"email":"newer@a.com"})", token, old_tag).code(),
              "precondition_failed");
    EXPECT_EQ(patch(user_, R"({"email":"newer@a.com"})", token, "If-Match: x\r\n").status, 400U);
    EXPECT_EQ(patch(user_, R"({"email":"newer@a.com"})", token, "If-Match: *\r\n").status, 200U);
    EXPECT_EQ(ask("DELETE", path_of(user_), token, {}, old_tag).status, 412U);
    EXPECT_EQ(patch(user_, R"({"email":"admin@A.com"})", token).code(), "email_taken");
    EXPECT_EQ(patch(user_, R"({"password":"long enough"})", token).status, 422U);
}

TEST_F(UserRoutes, MetadataIsReplacedIfAskedFor) {
    const std::string token = log_in("admin@a.com");
    patch(user_, R"({"metadata":{"team":"red"}})", token);
    const std::string body = R"({"metadata":{"new":null}})";
    EXPECT_EQ(ask("PATCH", path_of(user_) + "?metadata=replace", token, body).status, 200U);
    EXPECT_EQ(store_.get(user_).metadata, R"({"new":null})");
}

TEST_F(UserRoutes, AnAdministratorFindsALogin) {
    const std::string token = log_in("admin@a.com");
    const Answer found = get("/v1/users?login=USER@a.com", token);
    ASSERT_EQ(found.json.at("items").as_array().size(), 1U);
    EXPECT_EQ(found.json.at("items").at(0).at("id"), user_);
    EXPECT_TRUE(get("/v1/users?login=user@a.co", token).json.at("items").as_array().empty());
    // Nobody else may, and not together with a search.
    EXPECT_EQ(get("/v1/users?login=admin@a.com", log_in("user@a.com")).status, 422U);
    EXPECT_EQ(get("/v1/users?login=user@a.com&q=a", token).status, 422U);
}

TEST_F(UserRoutes, MetadataIsMerged) {
    const std::string token = log_in("admin@a.com");
    patch(user_, R"({"metadata":{"team":"red","seats":2.50}})", token);
    const Answer merged = patch(user_, R"({"metadata":{"team":null,"new":{"a":1}}})", token);
    EXPECT_EQ(merged.status, 200U);
    EXPECT_EQ(store_.get(user_).metadata, R"({"seats":2.50,"new":{"a":1}})");
    patch(user_, R"({"metadata":null})", token);
    EXPECT_EQ(store_.get(user_).metadata, "{}");
    const std::string old_tag = "If-Match: \"1\"\r\n";
    EXPECT_EQ(patch(user_, R"({"metadata":{"x":1}})", token, old_tag).status, 412U);
}

TEST_F(UserRoutes, AReadKnowsConditions) {
    const std::string token = log_in("user@a.com");
    const std::string tag = etag_of(store_.get(user_));
    const Answer same = ask("GET", path_of(user_), token, {}, "If-None-Match: " + tag + "\r\n");
    EXPECT_EQ(same.status, 304U);
    EXPECT_TRUE(same.has_header("ETag: " + tag)) << same.headers;
    EXPECT_EQ(ask("GET", path_of(user_), token, {}, "If-None-Match: \"x\"\r\n").status, 200U);
    EXPECT_EQ(ask("GET", path_of(user_), token, {}, "If-Match: \"x\"\r\n").status, 412U);
    EXPECT_EQ(ask("HEAD", path_of(user_), token, {}, "If-Match: " + tag + "\r\n").status, 200U);
    EXPECT_EQ(ask("GET", path_of(user_), token, {}, "If-None-Match: x\r\n").status, 400U);
}

TEST_F(UserRoutes, AChangeKnowsAllConditions) {
    const std::string token = log_in("user@a.com");
    const std::string name = R"({"name":"N"})";
    EXPECT_EQ(patch(user_, name, token, "If-None-Match: *\r\n").status, 412U);
    EXPECT_EQ(patch(user_, name, token, "If-None-Match: \"x\"\r\n").status, 200U);
    const std::string password =
        R"({"new_password":"quite new one","current_password":"right password"})";
    EXPECT_EQ(ask("PUT", "/v1/users/me/password", token, password, "If-Match: \"x\"\r\n").status,
              412U);
    EXPECT_EQ(ask("PUT", "/v1/users/me/password", token, password, "If-Match: *\r\n").status, 204U);
}

TEST_F(UserRoutes, WhatCannotBeNullIsNotLeftAlone) {
    const std::string token = log_in("admin@a.com");
    EXPECT_EQ(patch(user_, R"({"role":null,"disabled":null,"email":null})", token).errors(),
              "/email wrong_type\n/role wrong_type\n/disabled wrong_type\n");
    EXPECT_EQ(patch(user_, R"({"email_verified_at":"0000-01-01T00:00:00Z"})", token).errors(),
              "/email_verified_at invalid_value\n");
}

TEST_F(UserRoutes, TheLastAdministratorStays) {
    const std::string token = log_in("admin@a.com");
    EXPECT_EQ(patch(admin_, R"({"role":"user"})", token).code(), "last_admin");
    EXPECT_EQ(patch(admin_, R"({"disabled":true})", token).code(), "last_admin");
    EXPECT_EQ(ask("DELETE", "/v1/users/me", token).code(), "last_admin");
    EXPECT_EQ(ask("DELETE", path_of(user_), token).status, 204U);
    EXPECT_EQ(get(path_of(user_), token).status, 404U);
}

TEST_F(UserRoutes, APasswordIsChangedWithTheOldOne) {
    const std::string token = log_in("user@a.com");
    const std::string other = log_in("user@a.com");
    const auto change = [&](const std::string& body) {
        return ask("PUT", "/v1/users/me/password", token, body);
    };
    EXPECT_EQ(change(R"({"new_password":"quite new one"})").errors(),
              "/current_password missing\n");
    const auto wrong = change(R"({"new_password":"quite new one","current_password":"x"})");
    EXPECT_EQ(wrong.code(), "invalid_credentials");
    EXPECT_NE(wrong.body.find("the current password is wrong"), std::string::npos);
    EXPECT_EQ(change(R"({"new_password":"short","current_password":"right password"})").errors(),
              "/new_password too_short\n");
    EXPECT_EQ(
        change(R"({"new_password":"quite new one","current_password":"right password"})").status,
        204U);
    EXPECT_EQ(get("/v1/users/me", token).status, 200U) << "the caller's own session stays";
    EXPECT_EQ(get("/v1/users/me", other).code(), "session_revoked");
    EXPECT_EQ(ask("PUT", path_of(user_) + "/password", log_in("admin@a.com"),
                  R"({"new_password":"from the top"})")
                  .status,
              204U);
    EXPECT_EQ(get("/v1/users/me", token).code(), "session_revoked");
}

TEST_F(UserRoutes, ClosedSignUpIsForAdministrators) {
    ApiContext context{accounts_, table_, browser_, repeated_, blocking_, blocking_};
    context.sign_up_is_open = false;
    Api closed(context);
    protocol::http::RequestDecoder decoder;
    const std::string body = R"({"email":"n@n.com","password":"long enough"})";
    decoder.feed(
        "POST /v1/users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    protocol::http::Response response;
    const auto answer = [](Api& api, const protocol::http::Request& request,
                           const PeerAddress& peer,
                           protocol::http::Response& into) -> boost::asio::awaitable<int> {
        co_await api.answer(request, peer, into);
        co_return 0;
    };
    const PeerAddress peer(boost::asio::ip::make_address("127.0.0.1"));
    testing::await(answer(closed, *decoder.next(), peer, response));
    ASSERT_TRUE(response.problem);
    EXPECT_EQ(response.problem->code, protocol::http::ProblemCode::sign_up_closed);
}

}  // namespace
}  // namespace roster::server
