#pragma once

// What several routes read from a request.

#include "server/http/api.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace roster::server {

/// Call it when every member of the body was asked for. False: the call has failed.
bool finish_body(Call& call);

/// The member "label": what its user calls a session.
std::optional<std::string> read_label(protocol::http::JsonBody& body,
                                      protocol::http::Need need = protocol::http::Need::optional);

/// ?limit=, from 1 to 500. `nullopt`: the call has failed.
std::optional<std::size_t> read_limit(Call& call, std::size_t otherwise);

/// What the client says of itself, cut, and as text.
std::string user_agent_of(const protocol::http::Request& request);

}  // namespace roster::server
