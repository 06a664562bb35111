#pragma once

// One connection of the classic protocol: bytes in, requests to the routes, bytes out, in order.
// Decides on deadlines and on the end of the connection; knows no rule and no framing.

#include <roster/server.hpp>

#include "protocol/classic/request_decoder.hpp"
#include "server/classic/classic_handlers.hpp"
#include "server/net/connection_table.hpp"
#include "server/net/timed_socket.hpp"
#include "server/server_state.hpp"

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
    ClassicHandlers& routes;
    ConnectionTable& table;
    const ServerState& state;
    const ServerLimits& limits;
    std::shared_ptr<Log> log;
};

/// Threads: one, that of the socket's executor; the table's calls come from any.
class ClassicConnection final : public Evictable,
                                public std::enable_shared_from_this<ClassicConnection> {
  public:
    ClassicConnection(boost::asio::ip::tcp::socket socket, boost::asio::ip::tcp::endpoint peer,
                      const ClassicContext& context);

    /// Serves until the connection ends; throws nothing.
    static boost::asio::awaitable<void> serve(std::shared_ptr<ClassicConnection> self);

    void give_way() override;
    void drain() override;
    void abort() override;

  private:
    using Request = protocol::classic::Request;
    using Response = protocol::classic::Response;
    using Decoder = protocol::classic::RequestDecoder;
    using Deadline = TimedSocket::Deadline;

    /// Why the connection should end although its client did nothing wrong.
    enum class CloseReason { none, make_room, stop, now };

    boost::asio::awaitable<void> run();
    boost::asio::awaitable<bool> answer_requests();
    boost::asio::awaitable<Response> answer(Request request);
    boost::asio::awaitable<bool> receive();
    boost::asio::awaitable<bool> flush();
    boost::asio::awaitable<void> refuse(unsigned status, std::string text);
    boost::asio::awaitable<void> linger();

    void append(Response response);
    void ask_to_leave(CloseReason farewell);
    bool must_leave() const noexcept;
    void note_phase();
    Deadline phase_deadline() const;

    TimedSocket socket_;
    const boost::asio::ip::tcp::endpoint peer_;
    const ClassicContext& context_;
    Decoder decoder_;
    ClassicLogin login_;
    std::string unsent_;
    std::size_t unsent_answers_ = 0;
    std::array<char, 8 * 1024> received_;
    bool peer_finished_ = false;
    bool had_request_ = false;
    Decoder::Phase phase_ = Decoder::Phase::idle;
    Deadline phase_since_ = std::chrono::steady_clock::now();
    CloseReason farewell_ = CloseReason::none;
    ConnectionTable::Slot seat_;
};

}  // namespace roster::server
