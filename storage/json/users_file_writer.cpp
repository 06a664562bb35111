#include "storage/json/users_file_writer.hpp"

namespace roster::storage {
namespace {

void append_members(std::string_view members, std::string& out) {
    if (members.empty()) return;
    out += ",\n\t";
    append_indented(members, 1, out);
}

}  // namespace

UserFields to_fields(const UserRecord& record) {
    UserFields fields;
    fields.id = record.id;
    fields.email = record.email;
    fields.password_hash = record.password_hash;
    fields.role = record.role;
    fields.disabled = record.disabled;
    fields.created_at = record.created_at;
    fields.updated_at = record.updated_at;
    fields.revision = record.revision;
    fields.credentials_revision = record.credentials_revision;
    if (!record.metadata.empty()) fields.metadata = record.metadata;
    fields.unknown_members = record.unknown_members;
    return fields;
}

void UsersFileWriter::begin(std::string& out) const {
    out += "{\n\t\"format\": 1,\n\t\"revision\": " + std::to_string(frame_.revision);
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
        for (std::size_t i = 0; i < chunk->size(); ++i)
            writer.user(to_fields(chunk->at(i)), text);
        const auto taken = sink(text);
        if (!taken) return taken;
        text.clear();
    }
    writer.end(text);
    return sink(text);
}

}  // namespace roster::storage
