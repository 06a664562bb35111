// What a read by token on a kept connection allocates once the first ones are answered: nothing.

#include <roster/log.hpp>
#include <roster/server.hpp>
#include <roster/store.hpp>

#include "passwords/password_hasher.hpp"
#include "support/await.hpp"
#include "support/raw_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <string>

namespace {
std::atomic<std::size_t> allocations_of_others = 0;
// The client's, which is in this process, too.
thread_local bool is_client = false;
}  // namespace

void* operator new(std::size_t size) {
    if (!is_client) ++allocations_of_others;
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}
// With a sanitizer it would be the sanitizer's own, and not freed like the others.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    if (!is_client) ++allocations_of_others;
    return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace roster::server {
namespace {

class ReadPathAllocations : public ::testing::Test {
  protected:
    static constexpr std::size_t kRequests = 500;
    static constexpr const char* kLogin =
        R"({"login":"somebody@example.com","password":"a long password"})";

    ReadPathAllocations() {
        is_client = true;
        const auto hash =
            passwords::hash_password(Secret("a long password"), passwords::HashCost{8, 1}).value();
        Write user = CreateUser("somebody@example.com", hash, Role::user);
        testing::await(store_->apply(std::move(user))).value();
        ServerOptions options;
        options.classic = "127.0.0.1:0";
        options.http = "127.0.0.1:0";
        options.threads = 1;
        options.hash_memory_kib = 8;
        options.hash_passes = 1;
        server_ = start_server(std::move(options), *store_, nullptr);
        client_.emplace(port_of(server_->http_endpoint()));
    }
    ~ReadPathAllocations() override { is_client = false; }

    static std::uint16_t port_of(const std::string& endpoint) {
        return static_cast<std::uint16_t>(std::stoul(endpoint.substr(endpoint.rfind(':') + 1)));
    }

    std::string log_in() {
        const std::string body = kLogin;
        const auto answer = client_->ask(
            "POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            "Content-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body);
        return std::string(boost::json::parse(answer.body).at("token").as_string());
    }

    /// For each request; what happens once in a while counts nothing.
    std::size_t allocations_of(const std::string& request) {
        for (std::size_t i = 0; i < 20; ++i)
            EXPECT_EQ(client_->ask(request).status, 200U);
        const std::size_t before = allocations_of_others;
        for (std::size_t i = 0; i < kRequests; ++i)
            client_->ask(request);
        return (allocations_of_others - before) / kRequests;
    }

    std::unique_ptr<Store> store_ = open_store("memory:", OpenOptions());
    std::unique_ptr<Server> server_;
    std::optional<test::RawClient> client_;
};

std::string get(const std::string& path, const std::string& token = {},
                const std::string& headers = {}) {
    return "GET " + path +
           " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a browser of some length\r\n" +
           (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n") + headers + "\r\n";
}

TEST_F(ReadPathAllocations, AreNoneForAUser) {
#ifdef BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING
    GTEST_SKIP() << "each coroutine has a frame of its own";
#endif
    EXPECT_EQ(allocations_of(get("/v1/users/me", log_in())), 0U);
}

TEST_F(ReadPathAllocations, AreNoneForAProxy) {
#ifdef BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING
    GTEST_SKIP() << "each coroutine has a frame of its own";
#endif
    EXPECT_EQ(allocations_of(get("/v1/authorize", log_in(),
                                 "X-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\n"
                                 "X-Forwarded-Host: app.example.com\r\n"
                                 "X-Forwarded-Uri: /a/b?c=d\r\n")),
              0U);
}

TEST_F(ReadPathAllocations, AreNoneForLiveness) {
#ifdef BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING
    GTEST_SKIP() << "each coroutine has a frame of its own";
#endif
    EXPECT_EQ(allocations_of(get("/health/live")), 0U);
}

}  // namespace
}  // namespace roster::server
