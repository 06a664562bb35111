#pragma once

// Users as rows of a database. Knows no rule: what may be written was decided before.
// Errors: everything here throws `SQLite::Exception`.

#include <roster/store.hpp>

#include "storage/core/user_lookup.hpp"
#include "storage/core/user_transaction.hpp"
#include "storage/sqlite/connection.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace roster::storage {

/// A row that no roster has written. Its neighbours are good all the same.
class UnreadableRow : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Throws, as everything that reads a user: `UnreadableRow`.
std::optional<User> find_user(Connection& connection, UserId id);
std::optional<User> find_user_by_email(Connection& connection, std::string_view email);
std::vector<User> list_users(Connection& connection, UserId after, std::size_t limit);

/// Calls `take` for every user there is, by id, with the e-mail that he is found by.
void read_users(Connection& connection,
                const std::function<void(const User&, std::string_view email_folded)>& take);

/// Calls `take` for every user there is.
void read_standings(Connection& connection,
                    const std::function<void(UserId, const AuthState&)>& take);
AuthState standing_of(const User& user) noexcept;

/// Requires: neither his id nor his e-mail is there.
void insert_user(Connection& connection, const User& user);

/// Requires: it was decided against what the connection sees.
void write_change(Connection& connection, const UserChange& change);

/// What is counted for the whole store.
std::uint64_t read_meta(Connection& connection, std::string_view name);
void write_meta(Connection& connection, std::string_view name, std::uint64_t value);

/// The users as a transaction sees them.
///
/// Lifetime: the connection outlives it.
class UserRows final : public UserLookup {
  public:
    UserRows(Connection& connection, UserTotals totals) noexcept
        : connection_(connection), totals_(totals) {}

    std::optional<User> user(UserId id) const override;
    std::optional<UserId> holder_of(std::string_view email) const override;
    UserTotals totals() const override { return totals_; }

    /// What was written into the transaction.
    void count(UserTotals totals) noexcept { totals_ = totals; }

  private:
    Connection& connection_;
    UserTotals totals_;
};

}  // namespace roster::storage
