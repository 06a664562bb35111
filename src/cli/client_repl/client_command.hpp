#pragma once

// A line of `roster client` as a command, and its answer as text. No control character that a
// server sends reaches the terminal. Knows no terminal and no connection.

#include <roster/client.hpp>
#include <roster/secret.hpp>
#include <roster/user.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace roster::cli {

struct ClientCommand {
    enum class Verb { sign_up, log_in, get, put, head, help, quit };

    Verb verb = Verb::help;
    UserId id = 0;
    std::string email;
    /// nullopt if it has to be asked for.
    std::optional<Secret> password;
};

bool lacks_password(const ClientCommand& command) noexcept;

/// A line that is not a command; the text says why.
struct InvalidLine {
    std::string text;
};

/// monostate for a blank line. A password is the rest of its line without blanks at its ends.
std::variant<std::monostate, ClientCommand, InvalidLine> parse_client_line(std::string_view line);

/// What is sent for it. Requires: a request belongs to the verb, and it does not lack a password.
Request to_request(const ClientCommand& command);

/// What `help` prints.
std::string_view client_help() noexcept;

/// The status line, and below it what the answer says: users as a table, the server's state, or
/// its text. Ends with a line feed.
std::string describe(ClientCommand::Verb verb, const Response& answer);

/// The bytes of a connection, line by line, each after `> ` (sent) or `< ` (received), with
/// control characters and bytes that are not UTF-8 as escapes of C.
std::string raw_lines(bool sent, std::string_view bytes);

}  // namespace roster::cli
