#pragma once

// Answers, as `roster client` shows them. No control character that a server sends reaches the
// terminal.
// Knows no terminal and no connection.

#include <roster/client.hpp>
#include <roster/user.hpp>

#include "cli/client_repl/client_command.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace roster::cli {

/// The status line, and below it what the answer says: users as a table, the server's state, or
/// its text. Ends with a line feed.
std::string describe(ClientCommand::Verb verb, const Response& answer);

/// One row for each user below a row of names.
std::string user_table(const std::vector<User>& users);

/// The bytes of a connection, line by line, each after `> ` (sent) or `< ` (received), with
/// control characters and bytes that are not UTF-8 as escapes of C.
std::string raw_lines(bool sent, std::string_view bytes);

}  // namespace roster::cli
