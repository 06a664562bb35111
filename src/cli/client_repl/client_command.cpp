#include "cli/client_repl/client_command.hpp"

#include "cli/io/listing.hpp"
#include "cli/io/user_format.hpp"
#include "client/typed_responses.hpp"
#include "core/text.hpp"
#include "protocol/classic/encoder.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <sstream>
#include <utility>

namespace roster::cli {
namespace {

namespace classic = protocol::classic;
using Verb = ClientCommand::Verb;
using Parsed = std::variant<std::monostate, ClientCommand, InvalidLine>;

constexpr std::string_view kBlanks = " \t\r\n";

constexpr std::array kVerbs{
    std::pair("signup", Verb::sign_up), std::pair("login", Verb::log_in),
    std::pair("get", Verb::get),        std::pair("put", Verb::put),
    std::pair("head", Verb::head),      std::pair("help", Verb::help),
    std::pair("quit", Verb::quit),
};

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

// Takes the first word off `rest`, which has no blank at its front before or afterwards.
std::string_view take_word(std::string_view& rest) noexcept {
    const std::string_view word = rest.substr(0, rest.find_first_of(kBlanks));
    rest = trimmed(rest.substr(word.size()));
    return word;
}

std::optional<Verb> verb_of(std::string_view word) noexcept {
    for (const auto& [name, verb] : kVerbs)
        if (word == name) return verb;
    return std::nullopt;
}

Parsed parse_account(ClientCommand command, std::string_view usage, std::string_view rest) {
    command.email = take_word(rest);
    if (command.email.empty()) return InvalidLine{"usage: " + std::string(usage)};
    // Checked by the grammar of the protocol, with any password.
    if (!classic::account_body(command.email, Secret(), "login"))
        return InvalidLine{"an e-mail with a comma or a control character cannot be sent"};
    if (!rest.empty()) command.password = Secret(rest);
    return command;
}

Parsed parse_put(ClientCommand command, std::string_view rest) {
    constexpr std::string_view kUsage = "put ID EMAIL [PASSWORD]";
    const std::string_view word = take_word(rest);
    if (word.empty()) return InvalidLine{"usage: " + std::string(kUsage)};
    const auto id = parse_digits(word);
    if (!id)
        return InvalidLine{"'" + printable(word) + "' is not an id; usage: " + std::string(kUsage)};
    command.id = *id;
    return parse_account(std::move(command), kUsage, rest);
}

Parsed parse_bare(ClientCommand command, std::string_view word, std::string_view rest) {
    if (!rest.empty()) return InvalidLine{std::string(word) + " takes no arguments"};
    return command;
}

// The text of an answer, line by line.
std::string text_lines(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        out += escape_for_terminal(text.substr(0, end)) + "\n";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::string state_lines(const Response& answer) {
    constexpr std::string_view kPrefix = "roster-";
    std::string out;
    for (const auto& [name, value] : answer.headers)
        if (equals_ignoring_case(std::string_view(name).substr(0, kPrefix.size()), kPrefix))
            out += escape_for_terminal(name + ": " + value) + "\n";
    return out;
}

std::string escaped(std::string_view line) {
    constexpr std::string_view kMarks = "\r\n\t\\";
    constexpr std::array kEscapes{"\\r", "\\n", "\\t", "\\\\"};
    std::string out;
    while (!line.empty()) {
        const std::size_t plain = std::min(line.find_first_of(kMarks), line.size());
        out += escape_for_terminal(line.substr(0, plain));
        line.remove_prefix(plain);
        if (line.empty()) break;
        out += kEscapes[kMarks.find(line.front())];
        line.remove_prefix(1);
    }
    return out;
}

std::string user_table(const std::vector<User>& users) {
    std::ostringstream out;
    Listing listing(out, Format::table, "users", user_columns());
    for (const User& user : users)
        listing.add_row(user_row(user));
    listing.end();
    return out.str();
}

}  // namespace

bool lacks_password(const ClientCommand& command) noexcept {
    const bool has_one =
        command.verb == Verb::sign_up || command.verb == Verb::log_in || command.verb == Verb::put;
    return has_one && !command.password;
}

Parsed parse_client_line(std::string_view line) {
    std::string_view rest = trimmed(line);
    if (rest.empty()) return std::monostate();
    const std::string_view word = take_word(rest);
    const auto verb = verb_of(word);
    if (!verb) return InvalidLine{"no command '" + printable(word, 40) + "'; 'help' lists them"};

    ClientCommand command;
    command.verb = *verb;
    switch (*verb) {
        case Verb::sign_up:
            return parse_account(std::move(command), "signup EMAIL [PASSWORD]", rest);
        case Verb::log_in: return parse_account(std::move(command), "login EMAIL [PASSWORD]", rest);
        case Verb::put: return parse_put(std::move(command), rest);
        case Verb::get:
        case Verb::head:
        case Verb::help:
        case Verb::quit: break;
    }
    return parse_bare(std::move(command), word, rest);
}

Request to_request(const ClientCommand& command) {
    const auto with_account = [&command](const char* method, std::string_view option) {
        const Secret password = command.password.value_or(Secret());
        return Request(method, classic::account_body(command.email, password, option).value());
    };
    switch (command.verb) {
        case Verb::sign_up: return with_account("POST", "signup");
        case Verb::log_in: return with_account("POST", "login");
        case Verb::put: return with_account("PUT", std::to_string(command.id));
        case Verb::head: return Request("HEAD");
        case Verb::get:
        case Verb::help:
        case Verb::quit: break;
    }
    return Request("GET");
}

std::string_view client_help() noexcept {
    return "signup EMAIL [PASSWORD]   make an account\n"
           "login EMAIL [PASSWORD]    log in; the connection stays logged in\n"
           "get                       show your account; for an administrator, all users\n"
           "put ID EMAIL [PASSWORD]   change a user's e-mail and password\n"
           "head                      show the state of the server\n"
           "help                      show this\n"
           "quit                      wait for outstanding answers, and leave\n"
           "A password that is left out is asked for without showing it.\n";
}

// A list that is longer is shown as it came: as users it would take some twenty times its size.
std::string describe(ClientCommand::Verb verb, const Response& answer) {
    constexpr std::size_t kMostParsedBytes = std::size_t{4} * 1024 * 1024;
    std::string out =
        std::to_string(answer.status) + " " + escape_for_terminal(answer.reason) + "\n";
    if (verb == ClientCommand::Verb::head) return out + state_lines(answer);
    if (verb == ClientCommand::Verb::get && answer.status == 200 &&
        answer.body.size() <= kMostParsedBytes)
        if (const auto users = client::read_users(answer.body)) return out + user_table(*users);
    return out + text_lines(answer.body);
}

std::string raw_lines(bool sent, std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const std::size_t end = std::min(bytes.find('\n'), bytes.size() - 1);
        const std::string_view line = bytes.substr(0, end + 1);
        out += (sent ? "> " : "< ") + escaped(line) + "\n";
        bytes.remove_prefix(line.size());
    }
    return out;
}

}  // namespace roster::cli
