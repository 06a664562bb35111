#pragma once

// What a response means: its status as an error, its text as values.
// Knows no connection.

#include <roster/client.hpp>
#include <roster/error.hpp>
#include <roster/user.hpp>

#include <string_view>
#include <vector>

namespace roster::client {

// Errors of each: the one that the status stands for; `malformed_answer` if the server should not
// have sent that status or text.

result<void> read_sign_up(const Response& response);
result<void> read_modify(const Response& response);
result<Role> read_log_in(const Response& response);
result<std::vector<User>> read_users(const Response& response);
/// `{"users":[…]}`, or a single user; further members are ignored.
result<std::vector<User>> read_users(std::string_view json);
result<ServerStatus> read_status(const Response& response);

}  // namespace roster::client
