#pragma once

// One index for searching, beside those that every store in memory has. It is made when a search
// first needs it, from a view, while the users go on changing; then it follows them.
// Knows no lock and no query.

#include "storage/core/search_row.hpp"
#include "storage/memory/user_table.hpp"

#include <cstddef>
#include <optional>

namespace roster::storage {

SearchRow search_row(const UserRecord& record) noexcept;

/// Where an index looks up the users of whom it keeps the ids.
class UserRecords {
  public:
    virtual ~UserRecords() = default;
    virtual std::optional<UserRecord> record(UserId id) const noexcept = 0;
};

/// The users as they are.
class RecordsOfTable final : public UserRecords {
  public:
    explicit RecordsOfTable(const UserTable& table) : table_(&table) {}
    std::optional<UserRecord> record(UserId id) const noexcept override { return table_->find(id); }

  private:
    const UserTable* table_;
};

/// The users as they were.
class RecordsOfView final : public UserRecords {
  public:
    explicit RecordsOfView(const UserView& view) : view_(view) {}
    std::optional<UserRecord> record(UserId id) const noexcept override;

  private:
    const UserView& view_;
};

class SearchPart {
  public:
    virtual ~SearchPart() = default;

    /// Whether a change of a user from one to the other is one of the index.
    virtual bool is_touched(const UserRecord& before, const UserRecord& after) const = 0;

    /// Requires: it is empty.
    virtual void fill(const UserView& view) = 0;
    /// `users` are those whom the index has, `record` is one of them.
    virtual void remove(const UserRecord& record, const UserRecords& users) = 0;
    /// `users` are those whom the index has, perhaps with `record`, whom it gets.
    virtual void add(const UserRecord& record, const UserRecords& users) = 0;

    /// Whether it has followed so many changes that it is better made anew.
    virtual bool is_worn() const { return false; }

    virtual std::size_t memory_bytes() const noexcept = 0;
};

}  // namespace roster::storage
