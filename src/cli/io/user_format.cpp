#include "cli/io/user_format.hpp"

#include "core/json/session_json.hpp"
#include "core/json/user_json.hpp"
#include "core/text.hpp"
#include "core/time.hpp"

namespace roster::cli {
namespace {

// Texts of clients; the JSON has them whole.
constexpr std::size_t kLongestCell = 60;

}  // namespace

std::vector<Column> user_columns() {
    return {Column("id", Column::Align::right),
            Column("email"),
            Column("role"),
            Column("disabled"),
            Column("created_at"),
            Column("updated_at")};
}

Row user_row(const User& user) {
    return {std::to_string(user.id),           user.email,
            std::string(to_string(user.role)), user.disabled ? "yes" : "no",
            to_rfc3339(user.created_at),       to_rfc3339(user.updated_at)};
}

std::string user_json(const User& user, std::string_view name, std::string_view value) {
    constexpr UserShape kShown{kPublicMembers | kOptionalMembers,
                               kProfileMembers | UserMember::last_login_at};
    std::string json;
    append_user(UserFields(user), kShown, json);
    if (name.empty()) return json;
    json.pop_back();
    append_json_member(name, value, json);
    return json + '}';
}

std::vector<std::pair<std::string, std::string>> user_cells(const User& user) {
    std::vector<std::pair<std::string, std::string>> cells;
    const auto names = user_columns();
    const Row values = user_row(user);
    for (std::size_t i = 0; i < names.size(); ++i)
        cells.emplace_back(names[i].name, values[i]);
    const UserFields fields(user);
    UserText scratch;
    for (const UserMemberRow& row : user_members()) {
        if (!has(kOptionalMembers, row.member)) continue;
        const std::string_view text = row.get(fields, scratch);
        if (!text.empty()) cells.emplace_back(row.name, text);
    }
    return cells;
}

std::vector<Column> session_columns() {
    return {Column("id", Column::Align::right),
            Column("user", Column::Align::right),
            Column("email"),
            Column("kind"),
            Column("created_at"),
            Column("last_seen_at"),
            Column("expires_at"),
            Column("ip"),
            Column("label"),
            Column("user_agent")};
}

Row session_row(const Session& session, const User& owner) {
    return {std::to_string(session.id),
            std::to_string(session.user),
            owner.email,
            std::string(to_string(session.kind)),
            to_rfc3339(session.created_at),
            to_rfc3339(session.last_seen_at),
            to_rfc3339(session.expires_at),
            session.address,
            printable(session.label, kLongestCell),
            printable(session.user_agent, kLongestCell)};
}

std::string session_json(const Session& session, const User& owner) {
    std::string json;
    begin_session_json(session, json);
    append_text_member("email", owner.email, json);
    return json + '}';
}

std::string subject_of(const User& user) {
    return "user " + std::to_string(user.id) + " " + escape_for_terminal(user.email);
}

std::string counted(std::uint64_t count, std::string_view thing) {
    return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

}  // namespace roster::cli
