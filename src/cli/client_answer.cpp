#include "cli/client_answer.hpp"

#include "protocol/user_json.hpp"
#include "vocabulary/text.hpp"
#include "vocabulary/time.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

namespace roster::cli {
namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max() / 2;
constexpr std::size_t kColumns = 6;
constexpr std::string_view kGap = "  ";

using Row = std::array<std::string, kColumns>;

Row row_of(const User& user) {
    return {std::to_string(user.id),           printable(user.email, kAll),
            std::string(to_string(user.role)), user.disabled ? "yes" : "no",
            to_rfc3339(user.created_at),       to_rfc3339(user.updated_at)};
}

std::size_t width_of(const std::string& cell) {
    return count_code_points(cell).value_or(cell.size());
}

void append_row(const Row& row, const std::array<std::size_t, kColumns>& widths, std::string& out) {
    for (std::size_t i = 0; i < kColumns; ++i) {
        const std::string padding(widths[i] - width_of(row[i]), ' ');
        const bool is_number = i == 0;
        const bool is_last = i + 1 == kColumns;
        if (i > 0) out += kGap;
        if (is_number) out += padding;
        out += row[i];
        if (!is_number && !is_last) out += padding;
    }
    out += '\n';
}

// The text of an answer, line by line.
std::string text_lines(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        out += printable(text.substr(0, end), kAll) + "\n";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::string state_lines(const Response& answer) {
    constexpr std::string_view kPrefix = "roster-";
    std::string out;
    for (const auto& [name, value] : answer.headers)
        if (equals_ignoring_case(std::string_view(name).substr(0, kPrefix.size()), kPrefix))
            out += printable(name + ": " + value, kAll) + "\n";
    return out;
}

std::string escaped(std::string_view line) {
    constexpr std::string_view kMarks = "\r\n\t\\";
    constexpr std::array kEscapes{"\\r", "\\n", "\\t", "\\\\"};
    std::string out;
    while (!line.empty()) {
        const std::size_t plain = std::min(line.find_first_of(kMarks), line.size());
        out += printable(line.substr(0, plain), kAll);
        line.remove_prefix(plain);
        if (line.empty()) break;
        out += kEscapes[kMarks.find(line.front())];
        line.remove_prefix(1);
    }
    return out;
}

}  // namespace

std::string describe(ClientCommand::Verb verb, const Response& answer) {
    std::string out = std::to_string(answer.status) + " " + printable(answer.reason, kAll) + "\n";
    if (verb == ClientCommand::Verb::head) return out + state_lines(answer);
    if (verb == ClientCommand::Verb::get && answer.status == 200)
        if (const auto users = protocol::decode_users(answer.body)) return out + user_table(*users);
    return out + text_lines(answer.body);
}

std::string user_table(const std::vector<User>& users) {
    std::vector<Row> rows;
    rows.reserve(users.size() + 1);
    rows.push_back({"id", "email", "role", "disabled", "created_at", "updated_at"});
    for (const User& user : users)
        rows.push_back(row_of(user));

    std::array<std::size_t, kColumns> widths{};
    for (const Row& row : rows)
        for (std::size_t i = 0; i < kColumns; ++i)
            widths[i] = std::max(widths[i], width_of(row[i]));

    std::string out;
    for (const Row& row : rows)
        append_row(row, widths, out);
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
