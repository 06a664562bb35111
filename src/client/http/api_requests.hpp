#pragma once

// What the calls of the API send. Knows no answer.

#include <roster/api_client.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace roster::client {

std::string user_path(UserId id);
std::string list_target(const UserQuery& query);
std::string audit_target(const AuditQuery& query);

ApiRequest create_user_request(const NewApiUser& user);
ApiRequest patch_user_request(UserId id, const ApiUserPatch& patch);
ApiRequest set_password_request(UserId id, const ApiPasswordChange& change);
ApiRequest password_link_request(UserId user, ApiLinkPurpose purpose,
                                 std::optional<std::chrono::seconds> lifetime);
ApiRequest redeem_request(const Secret& token, const Secret& new_password);
ApiRequest create_token_request(std::string_view label,
                                std::optional<std::chrono::seconds> lifetime);
ApiRequest log_in_request(std::string_view login, const Secret& password, std::string_view label);

}  // namespace roster::client
