#pragma once

// Decides a batch of writes against the users as they are, without changing them: what each write
// is answered, and what will have changed when the batch is durable.
// Knows no lock and no disk.

#include <roster/store.hpp>

#include "storage/core/user_lookup.hpp"
#include "storage/memory/user_index.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// One user after one write. Revisions of a batch follow one another without a gap.
struct UserChange {
    Revision revision = 0;
    UserId id = 0;
    /// Nothing where the user was erased.
    std::optional<User> after;
    /// The user was not there before.
    bool is_new = false;
    /// He was, under another e-mail.
    bool has_new_email = false;
    /// He was, with another role or state.
    bool has_new_class = false;
};

/// The invariants of store.hpp are kept here, and only here.
///
/// Lifetime: the users outlive it and are not changed meanwhile, but by `publish_to`.
class UserTransaction {
  public:
    UserTransaction(const UserLookup& users, std::chrono::sys_seconds now);

    /// Errors: `user_not_found`, `email_taken`, `id_taken`, `last_admin`, `revision_mismatch`,
    /// `invalid_request` (an id, a time or metadata that no store can hold).
    result<User> apply(const Write& write);

    /// All of them, up to the first one that is refused: then its error, and the batch is spoilt.
    result<std::vector<User>> apply_all(std::span<const Write> writes);

    /// What was accepted, in order.
    const std::vector<UserChange>& changes() const noexcept { return changes_; }
    /// What is so after them.
    UserTotals totals() const noexcept { return totals_; }

    /// Makes the index what the batch says.
    void publish_to(UserIndex& index) const;

  private:
    result<User> create(const CreateUser& write);
    result<User> update(const UpdateUser& write);
    result<User> erase(const EraseUser& write);

    std::optional<User> find(UserId id) const;
    std::optional<UserId> holder_of(std::string_view email) const;
    bool is_last_admin(const User& user) const noexcept;
    void stage(UserId id, const User* before, const User* after);

    const UserLookup& users_;
    std::chrono::sys_seconds now_;
    UserTotals totals_;
    std::vector<UserChange> changes_;
    boost::unordered_flat_map<UserId, std::size_t> latest_;
    // By folded e-mail; 0 where it became free.
    boost::unordered_flat_map<std::string, UserId> emails_;
};

/// Puts one change into the index, keeping what it does not speak of.
void apply_change(const UserChange& change, UserIndex& index);

}  // namespace roster::storage
