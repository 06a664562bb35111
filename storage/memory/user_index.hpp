#pragma once

// The users of a store in memory: by id, by e-mail, and what a commit has to know of them all.
// Knows no lock and no disk.

#include "storage/core/user_transaction.hpp"
#include "storage/memory/email_index.hpp"
#include "storage/memory/user_table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace roster::storage {

/// Requires: one writer, and no reader beside him.
class UserIndex final : public UserLookup {
  public:
    enum class Inserted { yes, id_taken, email_taken };

    UserIndex();

    std::optional<UserRecord> find(UserId id) const { return users_->find(id); }
    std::optional<UserRecord> find_by_email(std::string_view email) const;

    std::optional<User> user(UserId id) const override;
    std::optional<UserId> holder_of(std::string_view email) const override;
    UserTotals totals() const override;

    Inserted insert(const UserRecord& record);
    /// Requires: the user is there, and nobody else has the e-mail. Keeps the unknown members.
    void replace(UserRecord record);
    void replace_unknown_members(UserId id, std::string_view members);
    /// Requires: the user is there.
    void erase(UserId id);

    UserTable& table() noexcept { return *users_; }
    const UserTable& table() const noexcept { return *users_; }

    std::size_t size() const noexcept { return users_->size(); }
    /// Administrators that are not disabled.
    std::uint64_t admins() const noexcept { return admins_; }
    std::size_t memory_bytes() const noexcept;

    /// The store's revision, and the id that the next user gets.
    Revision revision = 0;
    UserId next_id = 1;

  private:
    void count(const UserRecord& record, bool added) noexcept;

    std::unique_ptr<UserTable> users_;
    EmailIndex emails_;
    std::uint64_t admins_ = 0;
};

/// Applies one change; unknown members of the user stay.
void apply_change(const UserChange& change, UserIndex& index);

/// Applies all changes of a transaction.
void apply_changes(const UserTransaction& transaction, UserIndex& index);

}  // namespace roster::storage
