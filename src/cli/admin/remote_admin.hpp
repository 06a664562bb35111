#pragma once

// `AdminApi` by the HTTP API of a running server, and the sessions that it needs. Knows no store.

#include <roster/api_client.hpp>
#include <roster/audit.hpp>
#include <roster/secret.hpp>
#include <roster/server_setting.hpp>

#include "cli/admin/admin_api.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::cli {

/// As whom a server is asked.
struct ServerAccess {
    /// Empty: as the local operator, on an admin socket.
    Secret token;
    /// What to do if the server refuses the token.
    std::string advice;
};

/// What can be asked of a server, besides.
class ServerAdmin : public AdminApi {
  public:
    virtual std::vector<ServerSetting> config() = 0;
    virtual AuditPage audit(const AuditQuery& query) = 0;
    /// Of the user who asks; without a lifetime it ends when it is revoked.
    virtual ApiToken create_token(const std::string& label,
                                  std::optional<std::chrono::seconds> lifetime) = 0;
    /// Without a lifetime, what the server has for this purpose.
    virtual ApiPasswordLink create_password_link(const User& user, ApiLinkPurpose purpose,
                                                 std::optional<std::chrono::seconds> lifetime) = 0;
    /// The bytes of a backup, which is whole when this returns.
    virtual void back_up(const std::function<void(std::string_view part)>& take) = 0;
};

/// Asks the server with the first call.
std::unique_ptr<ServerAdmin> make_remote_admin(ApiEndpoint server, ServerAccess access);

}  // namespace roster::cli
