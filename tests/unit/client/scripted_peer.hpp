#pragma once

// A server that does what the test tells it, at the other end of a real connection, and the client
// that is connected to it.

#include <roster/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::client {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Set once, waited for by any number of coroutines.
class Event {
  public:
    explicit Event(const asio::any_io_executor& executor)
        : timer_(executor, asio::steady_timer::time_point::max()) {}

    void set() {
        is_set_ = true;
        timer_.cancel();
    }

    asio::awaitable<void> wait() {
        boost::system::error_code ec;
        if (!is_set_) co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }

  private:
    bool is_set_ = false;
    asio::steady_timer timer_;
};

/// Runs an operation beside the test's own coroutine.
template <class T>
class Task {
  public:
    explicit Task(const asio::any_io_executor& executor) : done_(executor) {}

    void finish(std::exception_ptr thrown, T value) {
        thrown_ = thrown;
        value_ = std::move(value);
        done_.set();
    }

    asio::awaitable<T> get() {
        co_await done_.wait();
        co_return take();
    }

    T take() {
        if (thrown_) std::rethrow_exception(thrown_);
        return std::move(*value_);
    }

    bool is_done() const { return value_.has_value(); }

  private:
    Event done_;
    std::exception_ptr thrown_;
    std::optional<T> value_;
};

template <class T>
std::shared_ptr<Task<T>> begin(const asio::any_io_executor& executor, asio::awaitable<T> work,
                               asio::cancellation_slot slot = asio::cancellation_slot()) {
    auto task = std::make_shared<Task<T>>(executor);
    asio::co_spawn(executor, std::move(work),
                   asio::bind_cancellation_slot(slot, [task](std::exception_ptr thrown, T value) {
                       task->finish(thrown, std::move(value));
                   }));
    return task;
}

/// Keeps what `work` was begun on.
template <class T>
asio::awaitable<T> keep_while(std::shared_ptr<void> kept, asio::awaitable<T> work) {
    T value = co_await std::move(work);
    kept.reset();
    co_return value;
}

class Peer {
  public:
    explicit Peer(asio::io_context& io)
        : received_all(io.get_executor()),
          go(io.get_executor()),
          acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
          socket_(io) {}

    std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }

    asio::awaitable<void> accept() {
        co_await acceptor_.async_accept(socket_, asio::use_awaitable);
        socket_.set_option(tcp::no_delay(true));
    }

    /// A whole request: its head, and the body that the head announces.
    asio::awaitable<std::string> read_request() {
        const std::size_t head_bytes = co_await asio::async_read_until(
            socket_, asio::dynamic_buffer(received_), "\r\n\r\n", asio::use_awaitable);
        const std::size_t whole = head_bytes + announced_bytes(received_.substr(0, head_bytes));
        if (received_.size() < whole)
            co_await asio::async_read(socket_, asio::dynamic_buffer(received_),
                                      asio::transfer_exactly(whole - received_.size()),
                                      asio::use_awaitable);
        std::string request = received_.substr(0, whole);
        received_.erase(0, whole);
        co_return request;
    }

    /// What came up to these bytes, and with them.
    asio::awaitable<std::string> read_up_to(std::string end) {
        const std::size_t bytes = co_await asio::async_read_until(
            socket_, asio::dynamic_buffer(received_), end, asio::use_awaitable);
        std::string part = received_.substr(0, bytes);
        received_.erase(0, bytes);
        co_return part;
    }

    asio::awaitable<void> send(std::string bytes) {
        co_await asio::async_write(socket_, asio::buffer(bytes), asio::use_awaitable);
    }

    asio::awaitable<void> send_byte_by_byte(std::string bytes) {
        for (const char& byte : bytes)
            co_await asio::async_write(socket_, asio::buffer(&byte, 1), asio::use_awaitable);
    }

    /// Until the client closes.
    asio::awaitable<void> read_to_end() {
        std::array<char, 1024> bytes{};
        boost::system::error_code ec;
        while (!ec)
            co_await socket_.async_read_some(asio::buffer(bytes),
                                             asio::redirect_error(asio::use_awaitable, ec));
    }

    void close() {
        socket_.close();
        received_.clear();
    }

    void reset() {
        socket_.set_option(asio::socket_base::linger(true, 0));
        socket_.close();
    }

    /// For the test and its script to wait for one another.
    Event received_all;
    Event go;

  private:
    static std::size_t announced_bytes(const std::string& head) {
        constexpr std::string_view kName = "Content-Length: ";
        const std::size_t at = head.find(kName);
        return at == std::string::npos ? 0 : std::stoul(head.substr(at + kName.size()));
    }

    tcp::acceptor acceptor_;
    tcp::socket socket_;
    std::string received_;
};

using SharedPeer = std::shared_ptr<Peer>;
using Script = asio::awaitable<void> (*)(SharedPeer);

inline asio::awaitable<void> accept_and(SharedPeer peer, Script script) {
    co_await peer->accept();
    co_await script(peer);
}

/// Each test runs a script for the peer beside a coroutine of its own.
class WithPeer : public testing::Test {
  protected:
    void serve(Script script) {
        ++scripts_;
        asio::co_spawn(io_, accept_and(peer_, script), [this](std::exception_ptr thrown) {
            if (thrown) script_failure_ = thrown;
            --scripts_;
        });
    }

    template <class T>
    T run(asio::awaitable<T> work) {
        io_.restart();
        const auto task = begin(io_.get_executor(), std::move(work));
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (!task->is_done() && std::chrono::steady_clock::now() < end)
            if (io_.run_one_for(kPatience) == 0) break;
        if (script_failure_) std::rethrow_exception(script_failure_);
        if (!task->is_done()) throw std::runtime_error("the test hangs");
        return task->take();
    }

    /// Runs until nothing is left to do, the script included.
    void run_to_the_end() {
        io_.restart();
        io_.run_for(kPatience);
        EXPECT_TRUE(io_.stopped()) << "something still waits";
        EXPECT_EQ(scripts_, 0);
        if (script_failure_) std::rethrow_exception(script_failure_);
    }

    static constexpr std::chrono::seconds kPatience{60};

    asio::io_context io_;
    SharedPeer peer_ = std::make_shared<Peer>(io_);

  private:
    int scripts_ = 0;
    std::exception_ptr script_failure_;
};

/// What came of requests, in short: the body, or the error.
using Outcomes = std::vector<std::string>;

inline std::string in_short(const result<Response>& answer) {
    return answer ? answer->body : answer.error().message();
}

inline std::string text_of(Errc error) {
    return make_error_code(error).message();
}

inline std::string answer(std::string_view body, std::string_view header = "") {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(header) + "\r\n" + std::string(body);
}

inline asio::awaitable<Client> connected(SharedPeer peer, ClientOptions options) {
    result<Client> client = co_await Client::connect("127.0.0.1", peer->port(), options);
    co_return std::move(client.value());
}

inline Request get() {
    return Request("GET");
}

inline Request post(std::string_view body) {
    return Request("POST", Secret(body));
}

/// One request after the other, on one connection.
inline asio::awaitable<Outcomes> fetch_each(SharedPeer peer, ClientOptions options,
                                            std::vector<Request> requests) {
    Client client = co_await connected(peer, options);
    Outcomes outcomes;
    for (Request& request : requests) {
        const result<Response> response = co_await client.fetch(std::move(request));
        outcomes.push_back(in_short(response));
    }
    co_return outcomes;
}

/// All requests at once.
inline asio::awaitable<Outcomes> fetch_at_once(SharedPeer peer, std::vector<Request> requests) {
    Client client = co_await connected(peer, ClientOptions());
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    std::vector<std::shared_ptr<Task<result<Response>>>> tasks;
    for (Request& request : requests)
        tasks.push_back(begin(executor, client.fetch(std::move(request))));
    Outcomes outcomes;
    for (const auto& task : tasks) {
        const result<Response> response = co_await task->get();
        outcomes.push_back(in_short(response));
    }
    co_return outcomes;
}

/// A client that is connected to the peer.
class ConnectedClient : public WithPeer {
  protected:
    Outcomes fetch(std::vector<Request> requests, ClientOptions options = {}) {
        const Outcomes outcomes = run(fetch_each(peer_, std::move(options), std::move(requests)));
        run_to_the_end();
        return outcomes;
    }
};

}  // namespace roster::client
