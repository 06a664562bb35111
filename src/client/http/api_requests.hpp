#pragma once

// What the calls of the API send. Knows no answer.

#include <roster/api_client.hpp>

#include <string>

namespace roster::client {

std::string user_path(UserId id);
/// Percent-encoded, for a query.
std::string query_value(std::string_view text);
std::string list_target(const UserQuery& query);

ApiRequest create_user_request(const NewApiUser& user);
ApiRequest patch_user_request(UserId id, const ApiUserPatch& patch);
ApiRequest set_password_request(UserId id, const ApiPasswordChange& change);
ApiRequest log_in_request(std::string_view login, const Secret& password, std::string_view label);

}  // namespace roster::client
