#include <roster/client.hpp>

#include "unit/client/scripted_peer.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace roster {
namespace {

namespace asio = boost::asio;
using client::SharedPeer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class ClientCalls : public client::WithPeer {};

std::string body_of(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
}

std::string answer(std::string_view status, std::string_view body) {
    return "HTTP/1.1 " + std::string(status) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

template <class T>
std::string in_short(const result<T>& outcome) {
    return outcome ? "ok" : outcome.error().message();
}

std::string text_of(Errc error) {
    return make_error_code(error).message();
}

asio::awaitable<Client> connected(SharedPeer peer) {
    result<Client> opened = co_await Client::connect("127.0.0.1", peer->port(), ClientOptions());
    co_return std::move(opened.value());
}

TEST_F(ClientCalls, SpeakTheGrammar) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        std::string request = co_await peer->read_request();
        EXPECT_THAT(request, StartsWith("POST / HTTP/1.1\r\n"));
        EXPECT_EQ(body_of(request), "user:n@n.com,p,w,signup");
        co_await peer->send(answer("201 Created", "Success create user"));

        request = co_await peer->read_request();
        EXPECT_THAT(request, StartsWith("POST / HTTP/1.1\r\n"));
        EXPECT_EQ(body_of(request), "user:n@n.com,p,w,login");
        co_await peer->send(answer("200 OK", "Success Login. you are user"));

        request = co_await peer->read_request();
        EXPECT_THAT(request, StartsWith("GET / HTTP/1.1\r\n"));
        co_await peer->send(
            answer("200 OK",
                   R"({"id":9,"email":"n@n.com","role":"user","disabled":false,)"
                   R"("created_at":"2026-11-22T09:00:00Z","updated_at":"2026-11-22T09:00:00Z"})"));

        request = co_await peer->read_request();
        EXPECT_THAT(request, StartsWith("PUT / HTTP/1.1\r\n"));
        EXPECT_EQ(body_of(request), "user:m@m.com,new,9");
        co_await peer->send(answer("200 OK", "Success modify user"));

        request = co_await peer->read_request();
        EXPECT_THAT(request, StartsWith("HEAD / HTTP/1.1\r\n"));
        co_await peer->send("HTTP/1.1 200 OK\r\nRoster-Status: ready\r\nRoster-Uptime: 5\r\n\r\n");
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<bool> {
        Client client = co_await connected(peer);
        const auto signed_up = co_await client.sign_up("n@n.com", Secret("p,w"));
        EXPECT_TRUE(signed_up.has_value()) << in_short(signed_up);
        const auto role = co_await client.log_in("n@n.com", Secret("p,w"));
        EXPECT_TRUE(role && *role == Role::user) << in_short(role);
        const auto users = co_await client.users();
        EXPECT_TRUE(users && users->size() == 1 && users->front().id == 9) << in_short(users);
        const auto modified = co_await client.modify(9, "m@m.com", Secret("new"));
        EXPECT_TRUE(modified.has_value()) << in_short(modified);
        const auto status = co_await client.status();
        EXPECT_TRUE(status && status->status == "ready") << in_short(status);
        co_return true;
    };
    EXPECT_TRUE(run(test(peer_)));
    run_to_the_end();
}

TEST_F(ClientCalls, GiveTheErrorThatTheStatusStandsFor) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        for (const char* status :
             {"409 Conflict", "401 Unauthorized", "403 Forbidden", "404 Not Found", "503 No"}) {
            co_await peer->read_request();
            co_await peer->send(answer(status, ""));
        }
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<std::vector<std::string>> {
        Client client = co_await connected(peer);
        std::vector<std::string> errors;
        const auto signed_up = co_await client.sign_up("n@n.com", Secret("pw"));
        errors.push_back(in_short(signed_up));
        const auto role = co_await client.log_in("n@n.com", Secret("pw"));
        errors.push_back(in_short(role));
        const auto users = co_await client.users();
        errors.push_back(in_short(users));
        const auto modified = co_await client.modify(9, "n@n.com", Secret("pw"));
        errors.push_back(in_short(modified));
        const auto status = co_await client.status();
        errors.push_back(in_short(status));
        co_return errors;
    };
    EXPECT_THAT(run(test(peer_)),
                ElementsAre(text_of(Errc::email_taken), text_of(Errc::invalid_credentials),
                            text_of(Errc::forbidden), text_of(Errc::user_not_found),
                            text_of(Errc::overloaded)));
    run_to_the_end();
}

TEST_F(ClientCalls, AnEmailThatCannotBeSaidIsNotSent) {
    serve([](SharedPeer peer) -> asio::awaitable<void> {
        const std::string request = co_await peer->read_request();
        EXPECT_THAT(request, HasSubstr("user:fine@a.com,"));
        co_await peer->send(answer("201 Created", ""));
        co_await peer->read_to_end();
    });
    const auto test = [](SharedPeer peer) -> asio::awaitable<std::vector<std::string>> {
        Client client = co_await connected(peer);
        std::vector<std::string> outcomes;
        const auto comma = co_await client.sign_up("a,b@a.com", Secret("pw"));
        outcomes.push_back(in_short(comma));
        const auto control = co_await client.log_in("a\n@a.com", Secret("pw"));
        outcomes.push_back(in_short(control));
        const auto modify = co_await client.modify(1, "a,b@a.com", Secret("pw"));
        outcomes.push_back(in_short(modify));
        const auto fine = co_await client.sign_up("fine@a.com", Secret("pw"));
        outcomes.push_back(in_short(fine));
        co_return outcomes;
    };
    const std::string invalid = text_of(Errc::invalid_request);
    EXPECT_THAT(run(test(peer_)), ElementsAre(invalid, invalid, invalid, "ok"));
    run_to_the_end();
}

}  // namespace
}  // namespace roster
