#pragma once

// The API over a fake store, with hashes that cost next to nothing: raw requests in, responses out.

#include "accounts/accounts.hpp"
#include "passwords/password_hasher.hpp"
#include "protocol/http/request_decoder.hpp"
#include "server/http/api.hpp"
#include "server/http/body_source.hpp"
#include "server/http/browser.hpp"
#include "server/http/repeated_requests.hpp"
#include "support/await.hpp"
#include "support/fake_store.hpp"
#include "support/openapi.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace roster::server {

class ApiTest : public ::testing::Test {
  protected:
    struct Answer {
        unsigned status = 0;
        /// All of it, also what the connection would send later.
        std::string body;
        /// Whether some of it would be sent later.
        bool is_streamed = false;
        boost::json::value json;
        std::string headers;
        std::string type;

        std::string code() const { return text("code"); }
        std::string text(std::string_view member) const {
            return std::string(json.at(member).as_string());
        }
        /// "POINTER CODE" of each.
        std::string errors() const {
            std::string all;
            for (const auto& error : json.at("errors").as_array())
                all += std::string(error.at("pointer").as_string()) + " " +
                       std::string(error.at("code").as_string()) + "\n";
            return all;
        }
        bool has_header(std::string_view line) const {
            return ("\r\n" + headers).find("\r\n" + std::string(line) + "\r\n") !=
                   std::string::npos;
        }
    };

    ApiTest() {
        admin_ = add("admin@a.com", Role::admin).id;
        user_ = add("user@a.com").id;
    }

    User add(std::string email, Role role = Role::user) {
        const auto hash = passwords::hash_password(Secret("right password"), kCheap).value();
        return store_.add(std::move(email), hash.reveal(), role);
    }

    /// `token`: empty for nobody. `headers`: whole lines.
    Answer ask(const std::string& method, const std::string& target, const std::string& token = {},
               const std::string& body = {}, std::string headers = {}) {
        if (!token.empty()) headers += "Authorization: Bearer " + token + "\r\n";
        if (!body.empty() && headers.find("Content-Type") == std::string::npos)
            headers += method == "PATCH" ? "Content-Type: application/merge-patch+json\r\n"
                                         : "Content-Type: application/json\r\n";
        const std::string length = std::to_string(body.size());
        protocol::RequestLimits limits;
        limits.body_bytes = 1'000'000;
        protocol::http::RequestDecoder decoder(limits);
        decoder.feed(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                     length + "\r\n" + headers + "\r\n" + body);
        const auto* request = decoder.next();
        EXPECT_NE(request, nullptr);
        if (request == nullptr) return {};
        protocol::http::Response response;
        testing::await(answer(*request, response));
        Answer answer;
        answer.status = response.status;
        answer.headers = response.header_lines();
        answer.body = response.body;
        policy_ = response.policy;
        answer.type = response.problem ? protocol::http::kProblemType : response.content_type;
        answer.is_streamed = response.rest != nullptr;
        if (response.rest) testing::await(read_rest(*response.rest, answer.body));
        if (response.problem)
            protocol::http::append_problem(*response.problem, "/", "id", answer.body);
        if (answer.type.ends_with("json") && answer.type != "application/x-ndjson" &&
            !answer.body.empty())
            answer.json = boost::json::parse(answer.body);
        EXPECT_EQ(testing::why_undescribed(
                      {method, target, answer.status, answer.json.is_null() ? "" : answer.body}),
                  "")
            << method << ' ' << target << ' ' << answer.status;
        return answer;
    }

    Answer get(const std::string& target, const std::string& token = {}) {
        return ask("GET", target, token);
    }

    /// The token of a new session.
    std::string log_in(const std::string& login, const std::string& password = "right password") {
        const Answer answer =
            ask("POST", "/v1/sessions", {},
                R"({"login":")" + login + R"(","password":")" + password + R"(","label":"test"})");
        EXPECT_EQ(answer.status, 201U);
        return answer.text("token");
    }

    std::string path_of(UserId id) { return "/v1/users/" + std::to_string(id); }

    static constexpr passwords::HashCost kCheap{8, 1};
    testing::FakeStore store_;
    passwords::PasswordHasher hasher_{2, 100, kCheap};
    accounts::Accounts accounts_{store_, hasher_, accounts::AccountsOptions(), nullptr};
    ConnectionTable table_{10, 10};
    BoundedPool blocking_{1, {10}};
    Browser browser_{"http://localhost:8080", {"https://app.example.com"}};
    RepeatedRequests repeated_;
    std::optional<Api> api_{
        std::in_place, ApiContext{accounts_, table_, browser_, repeated_, blocking_, blocking_}};
    /// Of the last answer.
    std::string policy_;
    /// Of a body that is sent in parts.
    std::function<void()> after_first_part_;
    PeerAddress peer_{boost::asio::ip::make_address("127.0.0.1")};
    UserId admin_ = 0;
    UserId user_ = 0;

  private:
    // Each part has about the size of a part.
    boost::asio::awaitable<int> read_rest(protocol::http::BodySource& rest, std::string& body) {
        if (after_first_part_) after_first_part_();
        for (;;) {
            std::string part;
            const auto appended = co_await rest.append(part);
            EXPECT_LE(part.size(), 2 * protocol::http::kBodyPartBytes);
            body += part;
            if (!appended) throw std::runtime_error(appended.error().message());
            if (*appended == protocol::http::BodyPart::last) co_return 0;
        }
    }

    boost::asio::awaitable<int> answer(const protocol::http::Request& request,
                                       protocol::http::Response& response) {
        co_await api_->answer(request, peer_, response);
        co_return 0;
    }
};

}  // namespace roster::server
