#pragma once

// What is asked of a server without a session: for one, to end one, and how the server is.

#include <roster/api_client.hpp>
#include <roster/secret.hpp>

#include <string>

namespace roster::cli {

/// Throws: `Refused`.
ApiLogIn log_in_to(const ApiEndpoint& server, const std::string& login, Secret password,
                   const std::string& label);

/// False if the server does not know the token, or not any more. Throws: `Refused`.
bool log_out_of(const ApiEndpoint& server, Secret token);

/// Throws: `Refused` if the server is not ready, or does not say so within some seconds.
void require_ready(const ApiEndpoint& server);

}  // namespace roster::cli
