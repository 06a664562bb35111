#pragma once

// `AdminApi` by the HTTP API of a running server. Knows no store.

#include <roster/api_client.hpp>

#include "cli/admin/admin_api.hpp"

#include <memory>
#include <string>

namespace roster::cli {

/// By the admin socket; null if no server answers there, or the socket belongs to a stranger.
std::unique_ptr<AdminApi> connect_admin_api(const std::string& socket);

}  // namespace roster::cli
