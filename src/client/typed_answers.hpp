#pragma once

// What an answer means: its status as an error, its text as values.
// Knows no connection.

#include <roster/client.hpp>
#include <roster/error.hpp>
#include <roster/user.hpp>

#include <vector>

namespace roster::client {

/// Nothing wrong where the status is the one that success has; an error otherwise.
/// Errors: what the status stands for; `malformed_answer` for one that it should not have.
result<void> check_status(const Response& answer, unsigned success);

/// The role that the answer to a log-in tells.
result<Role> read_log_in(const Response& answer);

/// The users that the answer to GET shows.
result<std::vector<User>> read_users(const Response& answer);

/// The answer to HEAD.
result<ServerStatus> read_status(const Response& answer);

}  // namespace roster::client
