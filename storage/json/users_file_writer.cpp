#include "storage/json/users_file_writer.hpp"

#include "core/json/raw_json.hpp"
#include "core/time.hpp"

#include <array>
#include <charconv>
#include <cstddef>

namespace roster::storage {
namespace {

void append_line(std::size_t tabs, std::string& out) {
    out += '\n';
    out.append(tabs, '\t');
}

// Both ways to write a user: a member a line, or everything in one.
struct Layout {
    std::string_view before_member;
    std::string_view after_name;
    bool is_compact;
};
constexpr Layout kPretty{"\n\t\t\t\"", "\": ", false};
constexpr Layout kCompact{"\"", "\":", true};
constexpr std::size_t kTabsOfMember = 3;

void append_name(Layout layout, std::string_view name, std::string& out) {
    out += layout.before_member;
    out += name;
    out += layout.after_name;
}

void append_text(Layout layout, std::string_view name, std::string_view value, std::string& out) {
    append_name(layout, name, out);
    append_json_string(value, out);
}

void append_number(Layout layout, std::string_view name, std::uint64_t value, std::string& out) {
    append_name(layout, name, out);
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

std::size_t end_of_string(std::string_view json, std::size_t quote) {
    std::size_t i = quote + 1;
    while (json[i] != '"')
        i += json[i] == '\\' ? 2 : 1;
    return i + 1;
}

// A value, or members, of compact JSON, one a line.
void append_pretty(std::string_view json, std::size_t tabs, std::string& out) {
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        const bool opens = c == '{' || c == '[';
        if (c == '"') {
            const std::size_t end = end_of_string(json, i);
            out += json.substr(i, end - i);
            i = end - 1;
        } else if (opens && (json[i + 1] == '}' || json[i + 1] == ']')) {
            out += json.substr(i++, 2);
        } else if (opens) {
            out += c;
            append_line(++tabs, out);
        } else if (c == '}' || c == ']') {
            append_line(--tabs, out);
            out += c;
        } else {
            out += c;
            if (c == ':') out += ' ';
            if (c == ',') append_line(tabs, out);
        }
    }
}

void append_json(Layout layout, std::string_view json, std::string& out) {
    if (layout.is_compact)
        out += json;
    else
        append_pretty(json, kTabsOfMember, out);
}

void append_known_members(Layout layout, const UserRecord& record, std::string& out) {
    append_number(layout, "id", record.id, out);
    out += ',';
    append_text(layout, "email", record.email, out);
    out += ',';
    append_text(layout, "password", record.password_hash, out);
    out += ',';
    append_text(layout, "role", to_string(record.role), out);
    out += ',';
    if (record.disabled) {
        append_name(layout, "disabled", out);
        out += "true,";
    }
    append_text(layout, "created_at", to_rfc3339(record.created_at), out);
    out += ',';
    append_text(layout, "updated_at", to_rfc3339(record.updated_at), out);
    out += ',';
    append_number(layout, "revision", record.revision, out);
    if (record.credentials_revision != 0) {
        out += ',';
        append_number(layout, "credentials_revision", record.credentials_revision, out);
    }
    if (record.metadata.empty()) return;
    out += ',';
    append_name(layout, "metadata", out);
    append_json(layout, record.metadata, out);
}

}  // namespace

void append_members(std::string_view members, std::size_t tabs, std::string& out) {
    if (members.empty()) return;
    out += ',';
    append_line(tabs, out);
    append_pretty(members, tabs, out);
}

result<void> write_book(const UsersFileFrame& frame, const UserView& users, const TextSink& sink) {
    UsersFileWriter writer(frame);
    std::string text;
    writer.begin(text);
    for (const UserChunk* chunk : users) {
        for (std::size_t i = 0; i < chunk->size(); ++i)
            writer.user(chunk->at(i), text);
        const auto taken = sink(text);
        if (!taken) return taken;
        text.clear();
    }
    writer.end(text);
    return sink(text);
}

void append_compact_user(const UserRecord& record, std::string& out) {
    out += '{';
    append_known_members(kCompact, record, out);
    if (!record.unknown_members.empty()) out += ',';
    out += record.unknown_members;
    out += '}';
}

void UsersFileWriter::begin(std::string& out) const {
    out += "{\n\t\"format\": 1,\n\t\"revision\": " + std::to_string(frame_.revision);
    out += ",\n\t\"next_id\": " + std::to_string(frame_.next_id);
    append_members(frame_.members_before_users, 1, out);
    out += ",\n\t\"users\": [";
}

void UsersFileWriter::user(const UserRecord& record, std::string& out) {
    out += any_user_ ? ",\n\t\t{" : "\n\t\t{";
    any_user_ = true;
    append_known_members(kPretty, record, out);
    append_members(record.unknown_members, kTabsOfMember, out);
    out += "\n\t\t}";
}

void UsersFileWriter::end(std::string& out) const {
    out += any_user_ ? "\n\t]" : "]";
    append_members(frame_.members_after_users, 1, out);
    out += "\n}\n";
}

}  // namespace roster::storage
