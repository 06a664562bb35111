#pragma once

// Whether the server lives, whether it can do its work, and what it is. Knows no accounts.

#include <roster/store.hpp>

#include "server/http/request_handler.hpp"
#include "server/net/connection_table.hpp"

namespace roster::server {

/// Lifetime: the store and the table outlive it.
class StatusHandler final : public RequestHandler {
  public:
    StatusHandler(const Store& store, const ConnectionTable& table)
        : store_(store), table_(table) {}

    boost::asio::awaitable<void> answer(const Request& request, const Peer& peer,
                                        Response& response) override;

  private:
    void answer_ready(Response& response) const;
    void answer_status(Response& response) const;

    const Store& store_;
    const ConnectionTable& table_;
};

}  // namespace roster::server
