#pragma once

// The server that `--server` names, and the token for it. Knows no command.

#include <roster/api_client.hpp>

#include "cli/admin/remote_admin.hpp"

#include <memory>
#include <string>

namespace roster::cli {

/// Warns on standard error if what is sent there can be read on the way.
/// Throws: `UsageError` if it is no URL of a server.
ApiEndpoint server_at(const std::string& url);

/// With the token of ROSTER_TOKEN, or else the one that `roster login` keeps; on a Unix socket
/// without one, as the local operator.
/// Throws: `UsageError`, `Refused` if there is no token.
std::unique_ptr<ServerAdmin> open_server_admin(const std::string& url);

/// On the admin socket of the server that has the settings' store; null if none answers there.
std::unique_ptr<ServerAdmin> connect_to_server_of(const AdminSettings& settings);

}  // namespace roster::cli
