#pragma once

// Who is logged in, as headers for the application behind a proxy. All of them are always there and
// never empty: some proxies pass on the client's own in place of one that is missing.

#include <roster/user.hpp>

#include "protocol/http/response.hpp"

#include <string>
#include <string_view>

namespace roster::server {

/// The text with other characters than printable ASCII as %HH of their UTF-8. So are the percent
/// sign, and a space at either end, which applications would drop: two users never get one value.
std::string header_text(std::string_view utf8);

/// Remote-User, Remote-Name, Remote-Email, Remote-Groups, Roster-User-Id, Roster-Role.
void add_identity(const User& user, protocol::http::Response& response);

}  // namespace roster::server
