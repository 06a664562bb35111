#include "cli/client_repl/client_answer.hpp"

#include "cli/io/escape.hpp"
#include "cli/io/listing.hpp"
#include "cli/io/user_format.hpp"
#include "core/json/user_json.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace roster::cli {
namespace {

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

}  // namespace

std::string describe(ClientCommand::Verb verb, const Response& answer) {
    std::string out =
        std::to_string(answer.status) + " " + escape_for_terminal(answer.reason) + "\n";
    if (verb == ClientCommand::Verb::head) return out + state_lines(answer);
    if (verb == ClientCommand::Verb::get && answer.status == 200)
        if (const auto users = decode_users(answer.body)) return out + user_table(*users);
    return out + text_lines(answer.body);
}

std::string user_table(const std::vector<User>& users) {
    Table table(user_columns());
    std::string out;
    for (const User& user : users)
        table.add(user_row(user), out);
    table.end(out);
    return out;
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
