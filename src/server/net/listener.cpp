#include "server/net/listener.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <roster/log.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <exception>
#include <utility>

#include <sys/socket.h>

namespace roster::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// How long a listener waits after an error that will probably persist.
constexpr std::chrono::milliseconds kPause{100};

// Connections that are accepted before others get a turn.
constexpr int kAtOnce = 16;

// Where descriptors are short, every one that becomes free is used up at once: only after so long
// without a failure it is over.
constexpr std::chrono::seconds kQuiet{10};

bool is_exhaustion(const error_code& ec) noexcept {
    namespace errc = boost::system::errc;
    return ec == errc::too_many_files_open || ec == errc::too_many_files_open_in_system ||
           ec == errc::no_buffer_space || ec == errc::not_enough_memory;
}

// Errors of the connection that was to be accepted, not of the listener (accept(2)).
bool is_transient(const error_code& ec) noexcept {
    namespace errc = boost::system::errc;
    return ec == errc::connection_aborted || ec == errc::interrupted ||
           ec == errc::protocol_error || ec == errc::host_unreachable ||
           ec == errc::network_unreachable || ec == errc::network_down;
}

PeerAddress address_of(const sockaddr_storage& peer, socklen_t bytes) {
    if (peer.ss_family != AF_INET && peer.ss_family != AF_INET6) return std::nullopt;
    tcp::endpoint endpoint;
    std::memcpy(endpoint.data(), &peer, std::min<std::size_t>(bytes, endpoint.capacity()));
    return endpoint.address();
}

}  // namespace

tcp::acceptor listen_on(asio::io_context& context, const tcp::endpoint& endpoint) {
    using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    tcp::acceptor acceptor(context);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.set_option(reuse_port(true));
    // Linux passes this on to the sockets that are accepted.
    acceptor.set_option(tcp::no_delay(true));
    acceptor.bind(endpoint);
    acceptor.listen();
    return acceptor;
}

void require_free(const tcp::endpoint& endpoint) {
    asio::io_context context;
    tcp::acceptor acceptor(context);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(endpoint);
}

Listener::Listener(Acceptor acceptor, Handlers handlers, std::shared_ptr<Log> log)
    : acceptor_(std::move(acceptor)),
      timer_(acceptor_.get_executor()),
      handlers_(std::move(handlers)),
      log_(std::move(log)) {
    acceptor_.native_non_blocking(true);
}

asio::awaitable<void> Listener::run() {
    while (acceptor_.is_open()) {
        error_code ec;
        co_await acceptor_.async_wait(Acceptor::wait_read,
                                      asio::redirect_error(asio::use_awaitable, ec));
        if (!acceptor_.is_open()) co_return;
        ec = accept_waiting();
        if (!ec) continue;
        note_failure(ec);
        if (is_exhaustion(ec)) handlers_.exhausted();
        co_await pause();
    }
}

// Returns why no other can be accepted, unless none waits or others have to get a turn.
error_code Listener::accept_waiting() {
    for (int i = 0; i < kAtOnce; ++i) {
        sockaddr_storage peer{};
        socklen_t bytes = sizeof peer;
        Descriptor socket(::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&peer),
                                    &bytes, SOCK_CLOEXEC));
        const error_code ec(errno, boost::system::system_category());
        if (socket.is_open()) {
            note_success();
            accepted(std::move(socket), address_of(peer, bytes));
        } else if (!is_transient(ec)) {
            return ec == asio::error::would_block ? error_code() : ec;
        }
    }
    return {};
}

// One line when it begins, and one when it ends.
void Listener::note_failure(const error_code& ec) {
    failed_at_ = std::chrono::steady_clock::now();
    if (!std::exchange(is_failing_, true))
        log_->warn("cannot accept connections: {}", ec.message());
}

void Listener::note_success() {
    if (!is_failing_ || std::chrono::steady_clock::now() - failed_at_ < kQuiet) return;
    is_failing_ = false;
    log_->info("connections are accepted again");
}

// An exception from one connection does not end the listener.
void Listener::accepted(Descriptor socket, const PeerAddress& peer) {
    try {
        handlers_.accepted(std::move(socket), peer);
    } catch (const std::exception& e) {
        log_->error("a connection could not be served: {}", e.what());
    }
}

asio::awaitable<void> Listener::pause() {
    timer_.expires_after(kPause);
    error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void Listener::close() {
    error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
}

}  // namespace roster::server
