#pragma once

// One connection of the classic protocol: requests to the handlers, in order, and their responses.
// Knows no rule of accounts and no framing.

#include "protocol/classic/request_decoder.hpp"
#include "server/classic/classic_handlers.hpp"
#include "server/net/connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace roster::server {

/// What every classic connection of a server shares.
/// Lifetime: outlives the connections.
struct ClassicContext {
    ClassicHandlers& handlers;
    ConnectionTable& table;
    const ServerLimits& limits;
    std::shared_ptr<Log> log;
};

class ClassicConnection final : public Connection {
  public:
    ClassicConnection(boost::asio::io_context& io, Descriptor socket, const PeerAddress& peer,
                      const ClassicContext& context);

  private:
    using ClassicRequest = protocol::classic::ClassicRequest;
    using ClassicResponse = protocol::classic::ClassicResponse;

    boost::asio::awaitable<bool> answer_requests() override;
    void append_refusal(ConnectionRefusal why) override;
    Phase phase() const override { return decoder_.phase(); }
    std::size_t announced_body_bytes() const override { return decoder_.announced_body_bytes(); }
    void feed(std::string_view bytes) override { decoder_.feed(bytes); }
    void end() override { decoder_.end(); }
    bool awaits_silence() const override { return decoder_.awaits_silence(); }
    void silence() override { decoder_.silence(); }

    bool answer_now(const ClassicRequest& request, ClassicResponse& response);
    boost::asio::awaitable<ClassicResponse> answer(ClassicRequest request);
    void append(const ClassicResponse& response);
    /// What follows the response. False: the connection is at its end.
    boost::asio::awaitable<bool> send_rest(std::unique_ptr<SpooledBody> rest);

    ClassicHandlers& handlers_;
    protocol::classic::RequestDecoder decoder_;
    ClassicLogin login_;
};

}  // namespace roster::server
