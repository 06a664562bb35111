#pragma once

// The seam between connections and what answers their requests. Knows neither.

#include "protocol/http/request.hpp"
#include "protocol/http/response.hpp"
#include "server/net/connection_table.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>

namespace roster::server {

/// Threads: any; requests of one connection come one at a time.
class RequestHandler {
  public:
    using Request = protocol::http::Request;
    using Response = protocol::http::Response;

    virtual ~RequestHandler() = default;

    /// Whether a proxy asks about the request of somebody else: its method and its expectations are
    /// not meant for this server.
    virtual bool is_about_another(const Request&) const { return false; }

    /// The same as `answer`, without a coroutine. False: nothing was done but to the response;
    /// `answer` has to do it all.
    virtual bool answer_now(const Request&, const PeerAddress&, Response&) { return false; }

    /// Fills the response, which is clear, to any target but `*`, and to any method and expectation
    /// that this server has, or `is_about_another`. `peer`: where the request comes from, not who
    /// is logged in; one connection may carry the requests of several users. HEAD is answered as
    /// GET: the connection leaves the body out. An exception becomes a 500, and ends the
    /// connection. Lifetime: all three outlive the awaitable.
    virtual boost::asio::awaitable<void> answer(const Request& request, const PeerAddress& peer,
                                                Response& response) = 0;

    /// How long the body of a request may be that is longer than `usual`, or of unknown length. Its
    /// head is there, its body is not. An exception ends the connection.
    /// Lifetime: as of `answer`.
    virtual boost::asio::awaitable<std::size_t> body_limit(const Request&, const PeerAddress&,
                                                           std::size_t usual) {
        co_return usual;
    }
};

}  // namespace roster::server
