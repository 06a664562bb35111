#pragma once

// One connection of the classic protocol: bytes in, requests to the handlers, bytes out, in order.
// Decides on deadlines and on the end of the connection; knows no rule of accounts and no framing.

#include <roster/server.hpp>

#include "protocol/classic/request_decoder.hpp"
#include "server/classic/classic_handlers.hpp"
#include "server/net/connection_table.hpp"
#include "server/net/timed_stream.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <string>

namespace roster::server {

/// What every classic connection of a server shares.
/// Lifetime: outlives the connections.
struct ClassicContext {
    ClassicHandlers& handlers;
    ConnectionTable& table;
    const ServerLimits& limits;
    std::shared_ptr<Log> log;
};

/// Threads: one, that of the socket's executor; `request_close` is called from any.
class ClassicConnection final : public Evictable,
                                public std::enable_shared_from_this<ClassicConnection> {
  public:
    ClassicConnection(boost::asio::ip::tcp::socket socket, boost::asio::ip::tcp::endpoint peer,
                      const ClassicContext& context);

    /// Serves until the connection ends; throws nothing.
    /// Cancellation: none. A request that has begun is never cancelled; what the table asks for
    /// interrupts the reading only.
    static boost::asio::awaitable<void> serve(std::shared_ptr<ClassicConnection> self);

    void request_close(CloseReason reason) override;

  private:
    using ClassicRequest = protocol::classic::ClassicRequest;
    using ClassicResponse = protocol::classic::ClassicResponse;
    using Decoder = protocol::classic::RequestDecoder;
    using Deadline = TimedStream::Deadline;

    boost::asio::awaitable<void> run();
    boost::asio::awaitable<bool> answer_requests();
    boost::asio::awaitable<ClassicResponse> answer(ClassicRequest request);
    boost::asio::awaitable<bool> receive();
    boost::asio::awaitable<bool> flush();
    boost::asio::awaitable<void> refuse(unsigned status, std::string text);
    boost::asio::awaitable<void> linger();

    void append(ClassicResponse response);
    bool is_closing() const noexcept { return close_reason_ != CloseReason::none; }
    void note_phase();
    Deadline phase_deadline() const;

    TimedStream stream_;
    const boost::asio::ip::tcp::endpoint peer_;
    const ClassicContext& context_;
    Decoder decoder_;
    ClassicLogin login_;
    std::string unsent_;
    std::size_t unsent_responses_ = 0;
    std::array<char, 8 * 1024> received_;
    bool peer_finished_ = false;
    bool had_request_ = false;
    Decoder::Phase phase_ = Decoder::Phase::idle;
    Deadline phase_since_ = std::chrono::steady_clock::now();
    CloseReason close_reason_ = CloseReason::none;
    ConnectionTable::Slot slot_;
};

}  // namespace roster::server
