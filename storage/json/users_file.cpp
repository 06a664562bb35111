#include "storage/json/users_file.hpp"

#include "core/text.hpp"
#include "storage/memory/packed_profile.hpp"

#include <algorithm>
#include <array>

namespace roster::storage {
namespace {

constexpr std::array<std::string_view, 4> kMembers{"format", "revision", "next_id", "users"};

std::string rule_of(std::string_view name) {
    if (name == "users") return "\"users\" must be an array";
    if (name == "format")
        return "\"format\" must be 1 or 2; another one was written by a newer roster";
    if (name == "revision") return "\"revision\" must be a whole number up to 9007199254740991";
    return "\"next_id\" must be a whole number from 1 to 9007199254740991";
}

void append_members(std::string_view members, std::string& out) {
    if (members.empty()) return;
    out += ",\n\t";
    append_indented(members, 1, out);
}

}  // namespace

bool UsersFileParser::take(const JsonToken& token) {
    if (unknown_.is_open())
        return unknown_.take(token) || refuse(token.index, "\"" + printable(token.text) +
                                                               "\" is there twice in one object");
    switch (level_) {
        case Level::users: return take_in_users(token);
        case Level::file: return take_in_file(token);
        case Level::text: break;
    }
    if (token.kind != JsonKind::begin_object)
        return refuse(token.index, "a users file is an object: {\"users\": [...]}");
    level_ = Level::file;
    return true;
}

bool UsersFileParser::take_in_file(const JsonToken& token) {
    if (token.kind == JsonKind::name) return take_name(token);
    if (token.kind == JsonKind::end_object) return finish();
    return take_member(token);
}

bool UsersFileParser::take_name(const JsonToken& token) {
    name_ = token.text;
    for (const auto& [known, index] : names_)
        if (known == name_)
            return refuse(token.index, "\"" + printable(name_) + "\" is there twice");
    names_.emplace_back(name_, token.index);
    for (const std::string_view known : kMembers)
        if (known == name_) return true;
    unknown_.begin_member(name_);
    return true;
}

bool UsersFileParser::take_member(const JsonToken& token) {
    if (name_ != "users") return take_number(token);
    if (token.kind != JsonKind::begin_array) return refuse(token.index, rule_of(name_));
    header_.members_before_users = unknown_.take_text();
    has_users_ = true;
    if (header_.format == kUsersFileFormat) user_.use(kStoredUser);
    level_ = Level::users;
    return true;
}

bool UsersFileParser::take_number(const JsonToken& token) {
    const auto number = token.kind == JsonKind::number ? parse_decimal(token.text) : std::nullopt;
    const bool is_good = number && *number <= kMaxNumber &&
                         (name_ != "format" || (*number >= 1 && *number <= kUsersFileFormat)) &&
                         (name_ != "next_id" || *number >= 1);
    if (!is_good) return refuse(token.index, rule_of(name_));
    if (name_ == "format") header_.format = number;
    if (name_ == "revision") header_.revision = number;
    if (name_ == "next_id") header_.next_id = number;
    return true;
}

bool UsersFileParser::take_in_users(const JsonToken& token) {
    if (!user_.is_open() && token.kind == JsonKind::end_array) {
        level_ = Level::file;
        return true;
    }
    if (!user_.is_open() && token.kind != JsonKind::begin_object)
        return refuse(token.index, "\"users\" must hold objects");
    if (!user_.take(token)) return refuse(*user_.problem());
    if (user_.is_open()) return true;
    const auto problem = take_user_(user_);
    return !problem || refuse(*problem);
}

bool UsersFileParser::finish() {
    for (const std::string_view known : kMembers) {
        const auto is_known = [&](const auto& name) { return name.first == known; };
        if (std::any_of(names_.begin(), names_.end(), is_known)) continue;
        for (const auto& [name, index] : names_)
            if (is_one_letter_off(name, known))
                return refuse(index, "unknown member \"" + printable(name) + "\"; is \"" +
                                         std::string(known) + "\" meant?");
    }
    if (!has_users_) return refuse(0, "the file has no \"users\"");
    header_.members_after_users = unknown_.take_text();
    return has_format_or_neither("revision", header_.revision.has_value()) &&
           has_format_or_neither("next_id", header_.next_id.has_value());
}

bool UsersFileParser::has_format_or_neither(std::string_view name, bool has_member) {
    if (header_.format.has_value() == has_member) return true;
    const std::string member = "\"" + std::string(name) + "\"";
    if (!has_member) return refuse(0, "the file has a \"format\", but no " + member);
    for (const auto& [known, index] : names_)
        if (known == name) return refuse(index, "the file has a " + member + ", but no \"format\"");
    return true;
}

UserFields to_fields(const UserRecord& record, const UserProfile& profile) {
    UserFields fields(profile);
    fields.id = record.id;
    fields.email = record.email;
    fields.password_hash = record.password_hash;
    fields.role = record.role;
    fields.disabled = record.disabled;
    fields.last_login_at = record.last_login_at;
    fields.created_at = record.created_at;
    fields.updated_at = record.updated_at;
    fields.revision = record.revision;
    fields.credentials_revision = record.credentials_revision;
    if (!record.metadata.empty()) fields.metadata = record.metadata;
    fields.unknown_members = record.unknown_members;
    return fields;
}

void UsersFileWriter::begin(std::string& out) const {
    out += "{\n\t\"format\": " + std::to_string(kUsersFileFormat) +
           ",\n\t\"revision\": " + std::to_string(frame_.revision);
    out += ",\n\t\"next_id\": " + std::to_string(frame_.next_id);
    append_members(frame_.members_before_users, out);
    out += ",\n\t\"users\": [";
}

void UsersFileWriter::user(const UserFields& user, std::string& out) {
    constexpr std::size_t kTabsOfMembers = 3;
    out += any_user_ ? ",\n\t\t" : "\n\t\t";
    any_user_ = true;
    append_user(user, kStoredUser, out, kTabsOfMembers);
}

void UsersFileWriter::end(std::string& out) const {
    out += any_user_ ? "\n\t]" : "]";
    append_members(frame_.members_after_users, out);
    out += "\n}\n";
}

result<void> write_users_file(const UsersFileFrame& frame, const UserView& users,
                              const TextSink& sink) {
    UsersFileWriter writer(frame);
    std::string text;
    writer.begin(text);
    for (const auto& chunk : users) {
        for (std::size_t i = 0; i < chunk->size(); ++i) {
            const UserRecord& record = chunk->at(i);
            writer.user(to_fields(record, unpack(record.profile)), text);
        }
        const auto taken = sink(text);
        if (!taken) return taken;
        text.clear();
    }
    writer.end(text);
    return sink(text);
}

}  // namespace roster::storage
