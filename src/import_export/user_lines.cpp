#include "import_export/user_lines.hpp"

#include "core/json/user_json.hpp"

#include <utility>

namespace roster::import_export {
namespace {

// In quotes where it needs them.
void append_csv_cell(std::string& out, std::string_view cell) {
    if (cell.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += cell;
        return;
    }
    out += '"';
    for (const char c : cell) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

}  // namespace

void append_ndjson_user(std::string& out, const User& user, ExportedParts parts) {
    append_user(UserFields(user), exported_user(parts.hashes), out);
    out += '\n';
}

void append_ndjson_user(std::string& out, const CreateUser& user) {
    UserFields fields(user.profile);
    fields.id = user.id.value_or(0);
    fields.email = user.email;
    fields.password_hash = user.password_hash.reveal();
    fields.role = user.role;
    fields.disabled = user.disabled;
    fields.created_at = user.created_at.value_or(fields.created_at);
    fields.updated_at = user.updated_at.value_or(fields.updated_at);
    fields.last_login_at = user.last_login_at;
    fields.metadata = user.metadata;
    UserShape shape = kExportedUser;
    shape.members = UserMember::email | UserMember::password_hash | UserMember::role |
                    UserMember::disabled | kOptionalMembers;
    if (user.id) shape.members = shape.members | UserMember::id;
    if (user.created_at) shape.members = shape.members | UserMember::created_at;
    if (user.updated_at) shape.members = shape.members | UserMember::updated_at;
    append_user(fields, shape, out);
    out += '\n';
}

std::optional<User> read_exported_user(std::string_view line) {
    UserShape shape = kExportedUser;
    shape.unknown = UserShape::Unknown::skip;
    shape.required = UserMember::id | UserMember::email;
    UserParser parser(shape);
    if (parse_json(line, parser)) return std::nullopt;
    return to_user(std::move(parser.user()));
}

void append_csv_header(std::string& out, ExportedParts parts) {
    const UserShape shape = exported_user(parts.hashes);
    for (const UserMemberRow& row : user_members()) {
        if (!has(shape.members, row.member)) continue;
        out += row.name;
        out += ',';
    }
    out.back() = '\r';
    out += '\n';
}

std::size_t append_csv_user(std::string& out, const User& user, ExportedParts parts) {
    const UserShape shape = exported_user(parts.hashes);
    const UserFields fields(user);
    constexpr UserMember kTexts = UserMember::email | UserMember::username | UserMember::name;
    std::size_t formulas = 0;
    UserText scratch;
    for (const UserMemberRow& row : user_members()) {
        if (!has(shape.members, row.member)) continue;
        const std::string_view text = row.get(fields, scratch);
        const std::string escaped =
            has(kTexts, row.member) ? without_formulas(text) : std::string(text);
        if (escaped != text) ++formulas;
        // An import takes an empty cell for no metadata.
        const bool is_left_out = row.member == UserMember::metadata && text == kNoMetadata;
        if (!is_left_out) append_csv_cell(out, parts.spreadsheet ? escaped : text);
        out += ',';
    }
    out.back() = '\r';
    out += '\n';
    return formulas;
}

// Where a semicolon or a tab separates cells, one begins after each of them.
std::string without_formulas(std::string_view cell) {
    std::string text;
    bool begins = true;
    for (const char c : cell) {
        if (begins && std::string_view("=+-@\t\r").find(c) != std::string_view::npos) text += '\'';
        begins = c == ';' || c == '\t';
        text += c;
    }
    return text;
}

}  // namespace roster::import_export
