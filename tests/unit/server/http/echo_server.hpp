#pragma once

// HTTP connections over real sockets, with a handler that answers with what was asked.

#include "server/http/body_source.hpp"
#include "server/http/http_connection.hpp"
#include "server/net/listener.hpp"
#include "unit/server/server_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace roster::server {

inline ServerLimits patient_limits() {
    ServerLimits limits;
    limits.connections = 1000;
    limits.head_deadline = kNever;
    limits.body_deadline = kNever;
    limits.http_idle = kNever;
    return limits;
}

// Answers with the body of the request, and remembers the bodies.
class EchoHandler final : public RequestHandler {
  public:
    boost::asio::awaitable<void> answer(const Request& request, const PeerAddress&,
                                        Response& response) override {
        if (request.target.path() == "/throw") throw std::runtime_error("secret detail");
        {
            const std::lock_guard lock(mutex_);
            bodies_.emplace_back(request.body);
        }
        response.content_type = "text/plain";
        if (request.target.path() == "/parts") response.rest = take_rest();
        // More than the buffers of two sockets hold.
        if (request.target.path() == "/long") response.body.assign(std::size_t{16} << 20U, 'a');
        response.body += request.body.empty() ? request.target.path() : request.body;
        co_return;
    }

    boost::asio::awaitable<std::size_t> body_limit(const Request& request, const PeerAddress&,
                                                   std::size_t usual) override {
        co_return request.target.path() == "/large" ? 1'000'000 : usual;
    }

    std::vector<std::string> bodies() const {
        const std::lock_guard lock(mutex_);
        return bodies_;
    }

    /// What follows the next response to "/parts".
    void follow_with(std::shared_ptr<protocol::http::BodySource> rest) {
        const std::lock_guard lock(mutex_);
        rest_ = std::move(rest);
    }

  private:
    std::shared_ptr<protocol::http::BodySource> take_rest() {
        const std::lock_guard lock(mutex_);
        return std::move(rest_);
    }

    mutable std::mutex mutex_;
    std::shared_ptr<protocol::http::BodySource> rest_;
    std::vector<std::string> bodies_;
};

// One I/O thread that serves connections with an EchoHandler.
class EchoServer {
  public:
    explicit EchoServer(ServerLimits limits = patient_limits(),
                        AccessLog access_log = AccessLog::off)
        : limits_(limits),
          table_(limits.connections, limits.connections_per_address),
          context_{handler_, table_, limits_, log_, access_log} {
        auto acceptor = listen_on(io_, {boost::asio::ip::address_v4::loopback(), 0});
        port_ = acceptor.local_endpoint().port();
        Listener::Handlers handlers;
        handlers.exhausted = [] {};
        handlers.accepted = [this](Descriptor socket, const PeerAddress& peer) {
            auto connection =
                std::make_shared<HttpConnection>(io_, std::move(socket), peer, context_);
            boost::asio::co_spawn(io_, Connection::serve(std::move(connection)),
                                  boost::asio::detached);
        };
        listener_.emplace(std::move(acceptor), std::move(handlers), log_);
        boost::asio::co_spawn(io_, listener_->run(), boost::asio::detached);
        thread_ = std::thread([this] { io_.run(); });
    }

    ~EchoServer() {
        boost::asio::post(io_, [this] { listener_->close(); });
        table_.close_all(CloseReason::aborted);
        thread_.join();
    }

    test::RawClient connect() const { return test::RawClient(port_); }
    const EchoHandler& handler() const { return handler_; }
    void follow_with(std::shared_ptr<protocol::http::BodySource> rest) {
        handler_.follow_with(std::move(rest));
    }
    std::string log() const { return log_->text(); }
    ConnectionTable& table() { return table_; }

  private:
    const ServerLimits limits_;
    std::shared_ptr<test::RecordedLog> log_ = std::make_shared<test::RecordedLog>();
    EchoHandler handler_;
    ConnectionTable table_;
    HttpContext context_;
    boost::asio::io_context io_{1};
    std::uint16_t port_ = 0;
    std::optional<Listener> listener_;
    std::thread thread_;
};

}  // namespace roster::server
