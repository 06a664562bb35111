#pragma once

// A server on a memory store, on a port of the system's choice.

#include <roster/log.hpp>
#include <roster/server.hpp>

#include "support/classic_requests.hpp"
#include "support/fake_store.hpp"
#include "support/raw_client.hpp"
#include "support/recorded_log.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace roster::server {

/// Long enough never to pass in a test where it is not what is tested.
inline constexpr std::chrono::minutes kNever{10};

/// POST or PUT, and GET or HEAD, to the byte as the documented client sends them.
inline std::string documented_request(std::string_view method, std::string_view email,
                                      std::string_view password, std::string_view option) {
    const std::string body = protocol::classic::user_body(email, password, option);
    return protocol::classic::documented(method, body);
}
inline std::string documented_request(std::string_view method) {
    return protocol::classic::documented(method);
}

inline std::string log_in(std::string_view email, std::string_view password) {
    return documented_request("POST", email, password, "login");
}

class TestServer {
  public:
    explicit TestServer(ServerOptions options = {}) {
        options.classic = "127.0.0.1:0";
        options.http = "127.0.0.1:0";
        // A busy machine must not make a hundred sign-ups too much work to wait for.
        options.hash_memory_kib = 8;
        options.hash_passes = 1;
        server_ = start_server(std::move(options), store_, log_);
    }

    test::RawClient connect() const {
        return test::RawClient(port_of(server_->classic_endpoint()));
    }
    test::RawClient connect_http() const {
        return test::RawClient(port_of(server_->http_endpoint()));
    }
    std::string log() const { return log_->text(); }
    Server& server() { return *server_; }
    testing::FakeStore& store() { return store_; }

    /// Writes past the server, as an administrator elsewhere would.
    result<User> apply(Write write) { return store_.write(std::move(write)); }

    void sign_up(std::string email, std::string password) {
        auto client = connect();
        client.ask(documented_request("POST", email, password, "signup"));
    }

    void make_admin(UserId id) {
        UpdateUser promotion(id);
        promotion.role = Role::admin;
        apply(std::move(promotion)).value();
    }

  private:
    static std::uint16_t port_of(const std::string& endpoint) {
        return static_cast<std::uint16_t>(std::stoul(endpoint.substr(endpoint.rfind(':') + 1)));
    }

    testing::FakeStore store_;
    std::shared_ptr<test::RecordedLog> log_ = std::make_shared<test::RecordedLog>();
    std::unique_ptr<Server> server_;
};

}  // namespace roster::server
