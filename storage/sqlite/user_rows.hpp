#pragma once

// Users and the totals of the store as rows of a database. Knows no rule: what is written was
// decided before. Errors: everything here throws `SQLite::Exception`.

#include <roster/store_types.hpp>

#include "storage/core/bulk.hpp"
#include "storage/core/user_transaction.hpp"
#include "storage/sqlite/connection.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace roster::storage {

/// A row that roster did not write. Other rows are still good.
class UnreadableRow : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Throws, as everything that reads a user: `UnreadableRow`.
std::optional<User> find_user(Connection& connection, UserId id);
std::optional<User> find_user_by_email(Connection& connection, std::string_view email);
std::vector<User> list_users(Connection& connection, UserId after, std::size_t limit);

/// A scan of the users, in order, of one moment. Errors: `invalid_request`.
result<UserPage> search_users(Connection& connection, const UserQuery& query);

/// Calls `take` for every user, by id, with the folded e-mail that its index has.
void read_users(Connection& connection,
                const std::function<void(const User&, std::string_view email_folded)>& take);

void read_auth_states(Connection& connection,
                      const std::function<void(UserId, const AuthState&)>& take);

/// Requires: neither the id nor the e-mail is taken.
void insert_user(Connection& connection, const User& user);

/// Requires: it was decided against what the connection sees.
void write_change(Connection& connection, const UserChange& change);

/// A number that is kept for the whole store.
std::uint64_t read_meta(Connection& connection, std::string_view name);
void write_meta(Connection& connection, std::string_view name, std::uint64_t value);

/// Without the members that only a users file has.
StoreTotals read_totals(Connection& connection);
StoreStatus read_status(Connection& connection);

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

    /// After a change was written.
    void set_totals(UserTotals totals) noexcept { totals_ = totals; }

  private:
    Connection& connection_;
    UserTotals totals_;
};

}  // namespace roster::storage
