#include "server/net/socket.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace roster::server {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::uint32_t kEnd = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

// The C library's recv and send are points of cancellation, which costs two atomic operations each
// in a program with threads. The sanitizers know nothing else.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
ssize_t receive(int socket, std::span<char> buffer) noexcept {
    return ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
}

ssize_t send(int socket, std::string_view bytes) noexcept {
    return ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}
#else
ssize_t receive(int socket, std::span<char> buffer) noexcept {
    return ::syscall(SYS_recvfrom, socket, buffer.data(), buffer.size(), MSG_DONTWAIT, nullptr,
                     nullptr);
}

ssize_t send(int socket, std::string_view bytes) noexcept {
    return ::syscall(SYS_sendto, socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                     nullptr, 0);
}
#endif

error_code errno_code() noexcept {
    return {errno, boost::system::system_category()};
}

}  // namespace

Socket::Socket(asio::io_context& context, Descriptor descriptor)
    : watch_(asio::use_service<SocketWatch>(context)), descriptor_(std::move(descriptor)) {
    watch_.begin(*this);
}

asio::io_context& Socket::context() const noexcept {
    return watch_.context_;
}

void Socket::begin_wait(Event event) {
    awaited_ = event;
    const bool may = event == Event::readable ? may_read_ : may_write_;
    if (may || !descriptor_.is_open()) end_wait_later(!may);
}

void Socket::cancel() {
    if (awaited_ != Event::none) end_wait_later(true);
}

void Socket::end_wait_later(bool aborted) {
    awaited_ = Event::none;
    is_aborted_ = aborted;
    watch_.end_wait_later(*this);
}

void Socket::notice(std::uint32_t events) {
    if ((events & kEnd) != 0) is_at_end_ = true;
    if ((events & (EPOLLIN | kEnd)) != 0) may_read_ = true;
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) may_write_ = true;
    const bool is_ready =
        (awaited_ == Event::readable && may_read_) || (awaited_ == Event::writable && may_write_);
    if (!is_ready) return;
    awaited_ = Event::none;
    handler_.call({});
}

// What is less than was asked for is all: the next byte is noticed (epoll(7), question 9).
std::size_t Socket::read_some(std::span<char> buffer, error_code& ec) noexcept {
    const ssize_t count = receive(descriptor_.get(), buffer);
    if (count < static_cast<ssize_t>(buffer.size()) && !is_at_end_) may_read_ = false;
    ec = count < 0 ? errno_code() : count == 0 ? error_code(asio::error::eof) : error_code();
    return count < 0 ? 0 : static_cast<std::size_t>(count);
}

std::size_t Socket::write_some(std::string_view bytes, error_code& ec) noexcept {
    const ssize_t count = send(descriptor_.get(), bytes);
    if (count < static_cast<ssize_t>(bytes.size())) may_write_ = false;
    ec = count < 0 ? errno_code() : error_code();
    return count < 0 ? 0 : static_cast<std::size_t>(count);
}

void Socket::shutdown_send() noexcept {
    ::shutdown(descriptor_.get(), SHUT_WR);
}

void Socket::close() {
    if (!descriptor_.is_open()) return;
    cancel();
    watch_.end(*this);
    descriptor_.close();
}

void Socket::reset() {
    const linger at_once{1, 0};
    ::setsockopt(descriptor_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

SocketWatch::SocketWatch(asio::execution_context& context)
    : service(context), context_(static_cast<asio::io_context&>(context)), epoll_(context_) {
    Descriptor descriptor(::epoll_create1(EPOLL_CLOEXEC));
    if (!descriptor.is_open()) throw boost::system::system_error(errno_code(), "epoll");
    epoll_.assign(descriptor.get());
    descriptor.release();
}

// Connections that wait end with their handlers.
void SocketWatch::shutdown() {
    sockets_.splice(sockets_.end(), ended_);
    while (!sockets_.empty()) {
        Socket& socket = sockets_.front();
        sockets_.pop_front();
        socket.awaited_ = Socket::Event::none;
        socket.handler_.drop();
    }
}

// Each change is noticed once. Room to write is noticed only after there was none, or with others.
void SocketWatch::begin(Socket& socket) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &socket;
    if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, socket.descriptor_.get(), &event) != 0)
        throw boost::system::system_error(errno_code(), "epoll");
    ++open_;
    try {
        wait();
    } catch (...) {
        --open_;
        throw;
    }
    sockets_.push_back(socket);
}

// The context has nothing left to wait for after the last one.
void SocketWatch::end(const Socket& socket) {
    for (std::size_t i = next_; i < count_; ++i)
        if (events_[i].data.ptr == &socket) events_[i].data.ptr = nullptr;
    if (--open_ != 0 || !is_waiting_) return;
    error_code ignored;
    epoll_.cancel(ignored);
}

// Without memory of its own: a wait must end where memory is short, too. The handler belongs to
// whom the socket belongs to, so both are there until it is called.
void SocketWatch::end_wait_later(Socket& socket) {
    socket.unlink();
    ended_.push_back(socket);
    wait();
    error_code ignored;
    epoll_.cancel(ignored);
}

void SocketWatch::wait() {
    if (is_waiting_ || (open_ == 0 && ended_.empty())) return;
    epoll_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code&) {
        is_waiting_ = false;
        end_waits();
        look();
        wait();
    });
    is_waiting_ = true;
}

// Those that end meanwhile have their turn later.
void SocketWatch::end_waits() {
    Sockets ended;
    ended.swap(ended_);
    while (!ended.empty()) {
        Socket& socket = ended.front();
        ended.pop_front();
        sockets_.push_back(socket);
        socket.handler_.call(socket.is_aborted_ ? asio::error::operation_aborted : error_code());
    }
}

void SocketWatch::look() {
    const int count =
        ::epoll_wait(epoll_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
    count_ = count < 0 ? 0 : static_cast<std::size_t>(count);
    for (next_ = 0; next_ < count_;) {
        const epoll_event& event = events_[next_++];
        if (event.data.ptr != nullptr) static_cast<Socket*>(event.data.ptr)->notice(event.events);
    }
}

}  // namespace roster::server
