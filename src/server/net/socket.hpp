#pragma once

// The sockets of the connections of an I/O thread, watched by an epoll instance of their own, for
// which Asio waits. Asio's sockets try to read before each wait for bytes: for requests that come
// one at a time, a system call in vain for each.
// Knows no connection and no protocol.

#include "core/files/descriptor.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include <sys/epoll.h>

namespace roster::server {

class SocketWatch;

/// A handler that is called once, kept without memory of its own.
class KeptHandler {
  public:
    KeptHandler() = default;
    KeptHandler(const KeptHandler&) = delete;
    KeptHandler& operator=(const KeptHandler&) = delete;
    ~KeptHandler() { drop(); }

    explicit operator bool() const noexcept { return kept_ != nullptr; }

    /// Requires: none is kept.
    template <class Handler>
    void keep(Handler handler) {
        static_assert(sizeof(Kept<Handler>) <= kBytes);
        kept_ = new (memory_.data()) Kept<Handler>(std::move(handler));
    }

    /// Both may destroy this object: a connection may end in its handler, or with it.
    void call(const boost::system::error_code& ec) { std::exchange(kept_, nullptr)->end(&ec); }
    void drop() {
        if (kept_ != nullptr) std::exchange(kept_, nullptr)->end(nullptr);
    }

  private:
    static constexpr std::size_t kBytes = 64;

    class Any {
      public:
        /// Destroys itself, and calls the handler unless `ec` is null.
        virtual void end(const boost::system::error_code* ec) = 0;

      protected:
        ~Any() = default;
    };

    template <class Handler>
    class Kept final : public Any {
      public:
        explicit Kept(Handler handler) : handler_(std::move(handler)) {}

        void end(const boost::system::error_code* ec) override {
            Handler handler(std::move(handler_));
            this->~Kept();
            if (ec != nullptr) std::move(handler)(*ec);
        }

      private:
        Handler handler_;
    };

    alignas(std::max_align_t) std::array<std::byte, kBytes> memory_;
    Any* kept_ = nullptr;
};

using SocketHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// A connected socket, whose calls do not block.
/// Threads: that of the context. Lifetime: outlives its waits, and must stay where it is.
class Socket : public SocketHook {
  public:
    using error_code = boost::system::error_code;
    enum class Event : std::uint8_t { none, readable, writable };

    /// Throws: `boost::system::system_error` if it cannot be watched.
    Socket(boost::asio::io_context& context, Descriptor descriptor);
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { close(); }

    /// Waits until the socket may be ready; it need not be. One wait at a time. Gives a tuple of an
    /// error: `operation_aborted` after `cancel` or `close`, else none. Other work of the context
    /// gets a turn in any case.
    auto wait(Event event) {
        return boost::asio::async_initiate<const Token, void(error_code)>(
            [this, event](auto handler) {
                handler_.keep(std::move(handler));
                begin_wait(event);
            },
            kToken);
    }
    /// Ends the wait, if there is one.
    void cancel();

    /// Reads what is there. Errors: `would_block`, `eof`, and those of recv(2).
    std::size_t read_some(std::span<char> buffer, error_code& ec) noexcept;
    /// Errors: `would_block`, and those of send(2).
    std::size_t write_some(std::string_view bytes, error_code& ec) noexcept;

    /// The peer sees the end of the stream after what was written.
    void shutdown_send() noexcept;
    void close();
    /// Drops what was not sent yet, and tells the peer so (RST).
    void reset();

    boost::asio::io_context& context() const noexcept;

  private:
    friend class SocketWatch;
    using Token = boost::asio::as_tuple_t<boost::asio::deferred_t>;
    static constexpr Token kToken{boost::asio::deferred};

    void begin_wait(Event event);
    void end_wait_later(bool aborted);
    void notice(std::uint32_t events);

    SocketWatch& watch_;
    Descriptor descriptor_;
    KeptHandler handler_;
    /// What the handler waits for; `none` if it is about to be called.
    Event awaited_ = Event::none;
    bool is_aborted_ = false;
    bool may_read_ = false;
    bool may_write_ = true;
    /// The peer has closed its sending side: nothing else will be noticed.
    bool is_at_end_ = false;
};

/// One for each I/O thread's context.
class SocketWatch final : public boost::asio::execution_context::service {
  public:
    inline static boost::asio::execution_context::id id;

    /// Requires: `context` is an `io_context`.
    explicit SocketWatch(boost::asio::execution_context& context);

  private:
    friend class Socket;

    void shutdown() override;
    using Sockets = boost::intrusive::list<Socket, boost::intrusive::base_hook<SocketHook>,
                                           boost::intrusive::constant_time_size<false>>;

    void begin(Socket& socket);
    void end(const Socket& socket);
    void end_wait_later(Socket& socket);
    void wait();
    void end_waits();
    void look();

    boost::asio::io_context& context_;
    boost::asio::posix::stream_descriptor epoll_;
    /// Those from `next_` on are still to be looked at.
    std::array<epoll_event, 128> events_;
    std::size_t next_ = 0;
    std::size_t count_ = 0;
    bool is_waiting_ = false;
    /// How many are open.
    std::size_t open_ = 0;
    /// Until they are destroyed, each in one of them.
    Sockets sockets_;
    /// Whose wait has ended, but not been told so.
    Sockets ended_;
};

}  // namespace roster::server
