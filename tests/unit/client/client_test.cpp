#include <roster/client.hpp>

#include "unit/client/scripted_peer.hpp"

#include <gmock/gmock.h>

#include <string>

namespace roster {
namespace {

namespace asio = boost::asio;
using client::connected;
using client::SharedPeer;
using testing::HasSubstr;
using testing::StartsWith;

class ClientCalls : public client::WithPeer {};

std::string body_of(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
}

std::string response(std::string_view status, std::string_view body) {
    return "HTTP/1.1 " + std::string(status) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

TEST_F(ClientCalls, SpeakTheGrammar) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        std::string request = co_await peer->read_request();
        EXPECT_THAT(request, StartsWith("POST / HTTP/1.1\r\n"));
        EXPECT_EQ(body_of(request), "user:n@n.com,p,w,signup");
        co_await peer->send(response("201 Created", "Success create user"));

        request = co_await peer->read_request();
        EXPECT_THAT(request, StartsWith("POST / HTTP/1.1\r\n"));
        EXPECT_EQ(body_of(request), "user:n@n.com,p,w,login");
        co_await peer->send(response("200 OK", "Success Login. you are user"));

        request = co_await peer->read_request();
        EXPECT_THAT(request, StartsWith("GET / HTTP/1.1\r\n"));
        co_await peer->send(response(
            "200 OK",
            R"({"id":9,"email":"n@n.com","role":"user","disabled":false,)"
            R"("created_at":"2026-11-22T09:00:00Z","updated_at":"2026-11-22T09:00:00Z"})"));

        request = co_await peer->read_request();
        EXPECT_THAT(request, StartsWith("PUT / HTTP/1.1\r\n"));
        EXPECT_EQ(body_of(request), "user:m@m.com,new,9");
        co_await peer->send(response("200 OK", "Success modify user"));

        request = co_await peer->read_request();
        EXPECT_THAT(request, StartsWith("HEAD / HTTP/1.1\r\n"));
        co_await peer->send("HTTP/1.1 200 OK\r\nRoster-Status: ready\r\nRoster-Uptime: 5\r\n\r\n");
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<bool> {
        Client client = co_await connected(peer, ClientOptions());
        const auto signed_up = co_await client.sign_up("n@n.com", Secret("p,w"));
        EXPECT_TRUE(signed_up.has_value());
        const auto role = co_await client.log_in("n@n.com", Secret("p,w"));
        EXPECT_TRUE(role && *role == Role::user);
        const auto users = co_await client.users();
        EXPECT_TRUE(users && users->size() == 1 && users->front().id == 9);
        const auto modified = co_await client.modify(9, "m@m.com", Secret("new"));
        EXPECT_TRUE(modified.has_value());
        const auto status = co_await client.status();
        EXPECT_TRUE(status && status->status == "ready");
        co_return true;
    };
    EXPECT_TRUE(run(test(peer_)));
    run_to_the_end();
}

TEST_F(ClientCalls, AnEmailThatTheGrammarCannotExpressIsNotSent) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        EXPECT_THAT(request, HasSubstr("user:fine@a.com,"));
        co_await peer->send(response("409 Conflict", ""));
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<bool> {
        Client client = co_await connected(peer, ClientOptions());
        const auto comma = co_await client.sign_up("a,b@a.com", Secret("pw"));
        EXPECT_EQ(comma.error(), Errc::invalid_request);
        const auto control = co_await client.log_in("a\n@a.com", Secret("pw"));
        EXPECT_EQ(control.error(), Errc::invalid_request);
        const auto modify = co_await client.modify(1, "a,b@a.com", Secret("pw"));
        EXPECT_EQ(modify.error(), Errc::invalid_request);
        const auto fine = co_await client.sign_up("fine@a.com", Secret("pw"));
        EXPECT_EQ(fine.error(), Errc::email_taken);
        co_return true;
    };
    EXPECT_TRUE(run(test(peer_)));
    run_to_the_end();
}

}  // namespace
}  // namespace roster
