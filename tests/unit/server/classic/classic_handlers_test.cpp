// The answers of the classic protocol, row by row, over a real connection.

#include "unit/server/server_fixture.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace roster::server {
namespace {

using test::RawAnswer;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string sign_up(std::string_view email, std::string_view password) {
    return documented_request("POST", email, password, "signup");
}

void expect_text(const RawAnswer& answer, unsigned status, const std::string& body) {
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.body, body);
    EXPECT_EQ(answer.headers.at("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(answer.headers.at("Server"), "roster");
    EXPECT_EQ(answer.headers.at("Connection"), "keep-alive");
    EXPECT_THAT(answer.headers.at("Date"), HasSubstr("GMT"));
}

TEST(ClassicHandlers, SignsUp) {
    TestServer server;
    auto client = server.connect();
    expect_text(client.ask(sign_up("a@a.com", "pw1")), 201, "Success create user");
    expect_text(client.ask(sign_up("A@a.COM", "other")), 409, "email already registered");
    EXPECT_EQ(server.store().status().users, 1U);
}

TEST(ClassicHandlers, SaysWhatIsWrongWithASignUp) {
    TestServer server;
    auto client = server.connect();
    for (const auto& [email, password] : {std::pair<std::string, std::string>{"a", "pw"},
                                          {"a@a.com", "p"},
                                          {"", ""},
                                          {"비", "pw"},
                                          {std::string(255, 'a'), "pw"},
                                          {"a@a.com", std::string(1025, 'p')},
                                          {"a\x01@a.com", "pw"},
                                          {"a@a.com", "\x7F\x7F\x7F"}}) {
        const RawAnswer answer = client.ask(sign_up(email, password));
        EXPECT_EQ(answer.status, 400U);
        EXPECT_THAT(answer.body, StartsWith("Bad request: the "));
    }
    EXPECT_EQ(client.ask(sign_up("비밀", "암호")).status, 201U);  // two characters are enough
    EXPECT_EQ(client.ask(sign_up(std::string(254, 'a'), std::string(1024, 'p'))).status, 201U);
    EXPECT_EQ(server.store().status().users, 2U);
}

TEST(ClassicHandlers, SignUpCanBeClosed) {
    ServerOptions options;
    options.sign_up_is_open = false;
    TestServer server(std::move(options));
    auto client = server.connect();
    expect_text(client.ask(sign_up("a@a.com", "pw1")), 403, "Forbidden");
    EXPECT_EQ(server.store().status().users, 0U);
}

TEST(ClassicHandlers, LogsIn) {
    TestServer server;
    server.sign_up("admin@a.com", "secret");
    server.sign_up("user@a.com", "se,cr,et");
    server.make_admin(1);
    auto client = server.connect();
    expect_text(client.ask(log_in("admin@a.com", "secret")), 200, "Success Login. you are admin");
    expect_text(client.ask(log_in("USER@a.com", "se,cr,et")), 200, "Success Login. you are user");
    expect_text(client.ask(log_in("user@a.com", "wrong")), 401, "Unauthorized");
    expect_text(client.ask(log_in("nobody@a.com", "secret")), 401, "Unauthorized");
}

TEST(ClassicHandlers, ShowsAnAdministratorAllUsersAndAUserOnlyItself) {
    TestServer server;
    server.sign_up("admin@a.com", "pw1");
    server.sign_up("user@a.com", "pw2");
    server.make_admin(1);
    auto client = server.connect();
    expect_text(client.ask(documented_request("GET")), 403, "Forbidden");

    client.ask(log_in("user@a.com", "pw2"));
    const RawAnswer own = client.ask(documented_request("GET"));
    EXPECT_EQ(own.status, 200U);
    EXPECT_EQ(own.headers.at("Content-Type"), "application/json");
    EXPECT_THAT(own.body, StartsWith(R"({"id":2,"email":"user@a.com","role":"user",)"));

    client.ask(log_in("admin@a.com", "pw1"));
    const RawAnswer all = client.ask(documented_request("GET"));
    EXPECT_EQ(all.status, 200U);
    EXPECT_THAT(all.body, StartsWith(R"({"users":[{"id":1,"email":"admin@a.com","role":"admin",)"));
    EXPECT_THAT(all.body, HasSubstr(R"(},{"id":2,"email":"user@a.com")"));
    EXPECT_THAT(all.body, Not(HasSubstr("argon2")));
    EXPECT_THAT(all.body, Not(HasSubstr("password")));
}

TEST(ClassicHandlers, ShowsMoreUsersThanOnePageHolds) {
    TestServer server;
    server.sign_up("admin@a.com", "pw1");
    server.make_admin(1);
    for (int i = 0; i < 1200; ++i) {
        CreateUser user("u" + std::to_string(i), Secret(), Role::user);
        server.apply(std::move(user)).value();
    }
    auto client = server.connect();
    client.ask(log_in("admin@a.com", "pw1"));
    const std::string body = client.ask(documented_request("GET")).body;
    std::size_t found = 0;
    for (std::size_t at = 0; (at = body.find("{\"id\":", at)) != std::string::npos; ++at)
        ++found;
    EXPECT_EQ(found, 1201U);
}

// What does not fit into memory is made before it is sent, so its length is right.
TEST(ClassicHandlers, ShowsUsersWholeWhileTheyChange) {
    TestServer server;
    server.sign_up("admin@a.com", "pw1");
    server.make_admin(1);
    for (int i = 0; i < 1200; ++i)
        server.apply(CreateUser("u" + std::to_string(i), Secret(), Role::user)).value();
    std::atomic<bool> stop = false;
    std::thread writer([&] {
        for (std::size_t i = 0; !stop; ++i) {
            UpdateUser change(2 + i % 1200);
            change.metadata = R"({"x":")" + std::string(i % 200, 'x') + "\"}";
            server.apply(std::move(change)).value();
        }
    });
    auto client = server.connect();
    client.ask(log_in("admin@a.com", "pw1"));
    for (int i = 0; i < 10; ++i) {
        client.send(documented_request("GET") + documented_request("HEAD"));
        const auto all = boost::json::parse(client.read_answer().body);
        EXPECT_EQ(all.at("users").as_array().size(), 1201U);
        EXPECT_EQ(client.read_answer(true).headers.at("Roster-Users"), "1201");
    }
    stop = true;
    writer.join();
}

TEST(ClassicHandlers, ModifiesInTheOrderOfTheProtocol) {
    TestServer server;
    server.sign_up("admin@a.com", "pw1");
    server.sign_up("user@a.com", "pw2");
    server.make_admin(1);
    auto client = server.connect();
    const auto put = [&](std::string_view email, std::string_view password, std::string_view id) {
        return client.ask(documented_request("PUT", email, password, id));
    };
    EXPECT_EQ(put("m@m.com", "pw", "x").status, 400U);
    EXPECT_EQ(put("m", "pw", "99").status, 400U);
    expect_text(put("m@m.com", "pw", "99"), 403, "Forbidden");
    client.ask(log_in("user@a.com", "pw2"));
    expect_text(put("m@m.com", "pw", "99"), 404, "can not found user");
    expect_text(put("admin@a.com", "pw", "1"), 403, "Forbidden");
    expect_text(put("admin@a.com", "pw", "2"), 409, "email already registered");
    expect_text(put("m@m.com", "new", "2"), 200, "Success modify user");
    EXPECT_EQ(client.ask(log_in("user@a.com", "pw2")).status, 401U);
    EXPECT_EQ(client.ask(log_in("m@m.com", "new")).status, 200U);
    client.ask(log_in("admin@a.com", "pw1"));
    expect_text(put("c@c.com", "pw", "2"), 200, "Success modify user");
}

TEST(ClassicHandlers, OpenPutNeedsNoLogIn) {
    ServerOptions options;
    options.classic_open_put = true;
    TestServer server(options);
    server.sign_up("a@a.com", "pw1");
    auto client = server.connect();
    expect_text(client.ask(documented_request("PUT", "m@m.com", "pw2", "1")), 200,
                "Success modify user");
    EXPECT_EQ(client.ask(documented_request("PUT", "m@m.com", "pw2", "2")).status, 404U);
    EXPECT_EQ(client.ask(documented_request("PUT", "m", "pw2", "2")).status, 400U);
    EXPECT_EQ(client.ask(log_in("m@m.com", "pw2")).status, 200U);
}

TEST(ClassicHandlers, HeadTellsTheStatus) {
    TestServer server;
    server.sign_up("admin@a.com", "pw1");
    server.make_admin(1);
    auto client = server.connect();
    const RawAnswer anonymous = client.ask(documented_request("HEAD"), true);
    EXPECT_EQ(anonymous.status, 200U);
    EXPECT_EQ(anonymous.headers.at("Roster-Status"), "ready");
    EXPECT_EQ(anonymous.headers.count("Roster-Uptime"), 1U);
    EXPECT_EQ(anonymous.headers.count("Roster-Users"), 0U);
    client.ask(log_in("admin@a.com", "pw1"));
    EXPECT_EQ(client.ask(documented_request("HEAD"), true).headers.at("Roster-Users"), "1");
}

TEST(ClassicHandlers, AFailedLogInEndsTheLogIn) {
    TestServer server;
    server.sign_up("a@a.com", "pw1");
    auto client = server.connect();
    client.ask(log_in("a@a.com", "pw1"));
    EXPECT_EQ(client.ask(documented_request("GET")).status, 200U);
    client.ask(log_in("a@a.com", "wrong"));
    EXPECT_EQ(client.ask(documented_request("GET")).status, 403U);
}

TEST(ClassicHandlers, ALogInBelongsToItsConnection) {
    TestServer server;
    server.sign_up("a@a.com", "pw1");
    auto client = server.connect();
    client.ask(log_in("a@a.com", "pw1"));
    auto other = server.connect();
    EXPECT_EQ(other.ask(documented_request("GET")).status, 403U);
}

TEST(ClassicHandlers, ADeletedOrDisabledUserIsLoggedOutAtOnce) {
    TestServer server;
    server.sign_up("a@a.com", "pw1");
    server.sign_up("b@b.com", "pw2");
    auto a = server.connect();
    auto b = server.connect();
    a.ask(log_in("a@a.com", "pw1"));
    b.ask(log_in("b@b.com", "pw2"));
    UpdateUser disabling(1);
    disabling.disabled = true;
    server.apply(disabling).value();
    server.apply(EraseUser(2)).value();
    EXPECT_EQ(a.ask(documented_request("GET")).status, 403U);
    EXPECT_EQ(b.ask(documented_request("GET")).status, 403U);
    EXPECT_EQ(a.ask(log_in("a@a.com", "pw1")).status, 401U);
    disabling.disabled = false;
    server.apply(disabling).value();
    EXPECT_EQ(a.ask(documented_request("GET")).status, 403U);  // a new login is needed
    EXPECT_EQ(a.ask(log_in("a@a.com", "pw1")).status, 200U);
}

TEST(ClassicHandlers, AChangedRoleCountsAtOnce) {
    TestServer server;
    server.sign_up("a@a.com", "pw1");
    auto client = server.connect();
    client.ask(log_in("a@a.com", "pw1"));
    EXPECT_THAT(client.ask(documented_request("GET")).body, StartsWith("{\"id\":1"));
    server.make_admin(1);
    EXPECT_THAT(client.ask(documented_request("GET")).body, StartsWith("{\"users\":["));
}

TEST(ClassicHandlers, RefusesWhatIsNotInTheProtocol) {
    TestServer server;
    auto client = server.connect();
    EXPECT_EQ(client.ask("GET /other HTTP/1.1\r\nHost: x\r\n\r\n").status, 404U);
    const RawAnswer answer = client.ask("DELETE / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(answer.status, 405U);
    EXPECT_EQ(answer.headers.at("Allow"), "GET, HEAD, POST, PUT");
    EXPECT_EQ(client.ask(documented_request("POST", "a@a.com", "pw", "logout")).status, 400U);
    const RawAnswer proxied =
        client.ask("GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n");
    EXPECT_EQ(proxied.status, 400U);
    EXPECT_EQ(proxied.headers.at("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(ClassicHandlers, AnOverloadOrAFailingStoreIs503WithRetryAfter) {
    TestServer server;
    server.sign_up("a@a.com", "pw1");
    auto client = server.connect();
    client.ask(log_in("a@a.com", "pw1"));
    for (const Errc error : {Errc::overloaded, Errc::store_unavailable}) {
        server.store().fail_writes = error;
        const RawAnswer answer = client.ask(documented_request("PUT", "b@b.com", "pw", "1"));
        EXPECT_EQ(answer.status, 503U);
        EXPECT_EQ(answer.headers.at("Retry-After"), "2");
        EXPECT_EQ(answer.headers.at("Connection"), "keep-alive");
    }
    EXPECT_EQ(client.ask(documented_request("GET")).status, 200U);
}

}  // namespace
}  // namespace roster::server
