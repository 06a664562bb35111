#pragma once

// `AdminApi` by the HTTP API of a running server, and the sessions that it needs. Knows no store.

#include <roster/api_client.hpp>
#include <roster/secret.hpp>

#include "cli/admin/admin_api.hpp"

#include <memory>
#include <string>

namespace roster::cli {

/// As whom a server is asked.
struct ServerAccess {
    /// Empty: as the local operator, on an admin socket.
    Secret token;
    /// What to do if the server refuses the token.
    std::string advice;
};

/// By the admin socket; null if no server answers there, or the socket belongs to a stranger.
std::unique_ptr<AdminApi> connect_admin_api(const std::string& socket);

/// Asks the server with the first call.
std::unique_ptr<AdminApi> make_remote_admin(ApiEndpoint server, ServerAccess access);

/// Throws: `Refused`.
ApiLogIn log_in_to(const ApiEndpoint& server, const std::string& login, Secret password,
                   const std::string& label);

/// False if the server does not know the token, or not any more. Throws: `Refused`.
bool log_out_of(const ApiEndpoint& server, Secret token);

}  // namespace roster::cli
