#include "storage/memory/user_chunk.hpp"

#include "core/json/raw_json.hpp"

#include <algorithm>
#include <limits>

namespace roster::storage {

static_assert(kMaxMetadataBytes <= std::numeric_limits<std::uint16_t>::max());

User to_user(const UserRecord& record) {
    User user;
    user.id = record.id;
    user.email = record.email;
    user.password_hash = Secret(record.password_hash);
    user.role = record.role;
    user.disabled = record.disabled;
    user.created_at = record.created_at;
    user.updated_at = record.updated_at;
    user.revision = record.revision;
    user.credentials_revision = record.credentials_revision;
    if (!record.metadata.empty()) user.metadata = record.metadata;
    return user;
}

UserRecord to_record(const User& user) {
    UserRecord record;
    record.id = user.id;
    record.created_at = user.created_at;
    record.updated_at = user.updated_at;
    record.revision = user.revision;
    record.credentials_revision = user.credentials_revision;
    record.role = user.role;
    record.disabled = user.disabled;
    record.email = user.email;
    record.password_hash = user.password_hash.reveal();
    if (user.metadata != kNoMetadata) record.metadata = user.metadata;
    return record;
}

std::size_t UserChunk::lower_bound(UserId id) const noexcept {
    const auto found =
        std::lower_bound(entries_.begin(), entries_.end(), id,
                         [](const Entry& entry, UserId wanted) { return entry.id < wanted; });
    return static_cast<std::size_t>(found - entries_.begin());
}

bool UserChunk::holds(std::size_t position, UserId id) const noexcept {
    return position < entries_.size() && entries_[position].id == id;
}

UserRecord UserChunk::at(std::size_t position) const noexcept {
    const Entry& entry = entries_[position];
    const std::string_view text(text_);
    UserRecord record;
    record.id = entry.id;
    record.created_at = std::chrono::sys_seconds(std::chrono::seconds(entry.created_at));
    record.updated_at = std::chrono::sys_seconds(std::chrono::seconds(entry.updated_at));
    record.revision = entry.revision;
    record.credentials_revision = entry.credentials_revision;
    record.role = entry.role;
    record.disabled = entry.disabled;
    std::size_t begin = entry.text_begin;
    record.email = text.substr(begin, entry.email_bytes);
    begin += entry.email_bytes;
    record.password_hash = text.substr(begin, entry.hash_bytes);
    begin += entry.hash_bytes;
    record.metadata = text.substr(begin, entry.metadata_bytes);
    begin += entry.metadata_bytes;
    record.unknown_members = text.substr(begin, entry.unknown_bytes);
    return record;
}

UserChunk::Entry UserChunk::entry_of(const UserRecord& record, std::uint32_t text_begin) {
    return Entry{.id = record.id,
                 .created_at = record.created_at.time_since_epoch().count(),
                 .updated_at = record.updated_at.time_since_epoch().count(),
                 .revision = record.revision,
                 .credentials_revision = record.credentials_revision,
                 .text_begin = text_begin,
                 .unknown_bytes = static_cast<std::uint32_t>(record.unknown_members.size()),
                 .email_bytes = static_cast<std::uint16_t>(record.email.size()),
                 .hash_bytes = static_cast<std::uint16_t>(record.password_hash.size()),
                 .metadata_bytes = static_cast<std::uint16_t>(record.metadata.size()),
                 .role = record.role,
                 .disabled = record.disabled};
}

std::uint32_t UserChunk::text_bytes(const Entry& entry) noexcept {
    return entry.unknown_bytes + entry.email_bytes + entry.hash_bytes + entry.metadata_bytes;
}

std::uint32_t UserChunk::text_begin(std::size_t position) const noexcept {
    return position < entries_.size() ? entries_[position].text_begin
                                      : static_cast<std::uint32_t>(text_.size());
}

void UserChunk::move_texts(std::size_t from, std::int64_t by) noexcept {
    for (std::size_t i = from; i < entries_.size(); ++i)
        entries_[i].text_begin = static_cast<std::uint32_t>(entries_[i].text_begin + by);
}

// Everything that may throw comes before the first change.
void UserChunk::insert(std::size_t position, const UserRecord& record) {
    const Entry entry = entry_of(record, text_begin(position));
    const std::uint32_t added = text_bytes(entry);
    if (text_.capacity() < text_.size() + added)
        text_.reserve(std::max<std::size_t>(text_.size() + added, text_.size() * 3 / 2));
    entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(position), entry);
    std::size_t begin = entry.text_begin;
    for (const std::string_view part :
         {record.email, record.password_hash, record.metadata, record.unknown_members}) {
        text_.insert(begin, part);
        begin += part.size();
    }
    move_texts(position + 1, added);
}

void UserChunk::replace(std::size_t position, const UserRecord& record) {
    const Entry old = entries_[position];
    const Entry entry = entry_of(record, old.text_begin);
    std::string text;
    text.reserve(text_bytes(entry));
    text.append(record.email).append(record.password_hash);
    text.append(record.metadata).append(record.unknown_members);
    text_.replace(old.text_begin, text_bytes(old), text);
    entries_[position] = entry;
    move_texts(position + 1,
               static_cast<std::int64_t>(text.size()) - static_cast<std::int64_t>(text_bytes(old)));
}

void UserChunk::erase(std::size_t position) {
    const Entry old = entries_[position];
    text_.erase(old.text_begin, text_bytes(old));
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(position));
    move_texts(position, -static_cast<std::int64_t>(text_bytes(old)));
}

void UserChunk::split(std::size_t position, UserChunk& upper) {
    const std::uint32_t cut = text_begin(position);
    upper.text_ = text_.substr(cut);
    upper.entries_.assign(entries_.begin() + static_cast<std::ptrdiff_t>(position), entries_.end());
    upper.move_texts(0, -static_cast<std::int64_t>(cut));
    text_.resize(cut);
    entries_.resize(position);
}

void UserChunk::shrink() {
    entries_.shrink_to_fit();
    text_.shrink_to_fit();
}

std::size_t UserChunk::memory_bytes() const noexcept {
    return sizeof(UserChunk) + entries_.capacity() * sizeof(Entry) + text_.capacity() + 1;
}

}  // namespace roster::storage
