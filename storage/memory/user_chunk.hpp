#pragma once

// A few dozen users in one block of memory, by id: what the index of a million users is made of.
// Knows no lock; a view may go on reading a chunk that nobody writes any more.

#include <roster/user.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// A user as the index takes and gives him: the texts belong to somebody else.
///
/// Lifetime of what an index gives: until the index is changed next.
struct UserRecord {
    UserId id = 0;
    std::chrono::sys_seconds created_at{};
    std::chrono::sys_seconds updated_at{};
    Revision revision = 0;
    Revision credentials_revision = 0;
    Role role = Role::user;
    bool disabled = false;
    std::string_view email;
    std::string_view password_hash;
    /// Empty where there is none, "{}".
    std::string_view metadata;
    /// Members that roster does not know, as compact JSON: `"name":"A","tags":[1,2]`.
    std::string_view unknown_members;
};

User to_user(const UserRecord& record);
/// Lifetime: of the user. It has no unknown members.
UserRecord to_record(const User& user);

class UserChunk {
  public:
    static constexpr std::size_t kMaxUsers = 64;

    std::size_t size() const noexcept { return entries_.size(); }
    UserId first_id() const noexcept { return entries_.front().id; }
    UserId last_id() const noexcept { return entries_.back().id; }

    /// The position of the first user with at least this id.
    std::size_t lower_bound(UserId id) const noexcept;
    bool holds(std::size_t position, UserId id) const noexcept;
    UserRecord at(std::size_t position) const noexcept;

    void insert(std::size_t position, const UserRecord& record);
    void replace(std::size_t position, const UserRecord& record);
    void erase(std::size_t position);

    /// Moves the users from `position` on to `upper`, which is empty.
    void split(std::size_t position, UserChunk& upper);

    /// Gives back what growing left over.
    void shrink();

    std::size_t memory_bytes() const noexcept;

    /// When this chunk was made, in the table's count of views.
    std::uint64_t stamp = 0;

  private:
    struct Entry {
        UserId id;
        std::int64_t created_at;
        std::int64_t updated_at;
        Revision revision;
        Revision credentials_revision;
        std::uint32_t text_begin;
        std::uint32_t unknown_bytes;
        std::uint16_t email_bytes;
        std::uint16_t hash_bytes;
        std::uint16_t metadata_bytes;
        Role role;
        bool disabled;
    };

    static Entry entry_of(const UserRecord& record, std::uint32_t text_begin);
    static std::uint32_t text_bytes(const Entry& entry) noexcept;
    std::uint32_t text_begin(std::size_t position) const noexcept;
    void move_texts(std::size_t from, std::int64_t by) noexcept;

    std::vector<Entry> entries_;
    std::string text_;
};

}  // namespace roster::storage
