#pragma once

// Decides a batch of writes against the current users, without changing them: the answer to each
// write, and the changes that take place when the batch is durable.
// Knows no lock and no disk.

#include <roster/store_types.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

struct UserTotals {
    Revision revision = 0;
    /// The id of the next user.
    UserId next_id = 1;
    /// Administrators that are not disabled.
    std::uint64_t admins = 0;
};

/// The current users, wherever they are kept.
class UserLookup {
  public:
    virtual ~UserLookup() = default;

    virtual std::optional<User> user(UserId id) const = 0;
    /// Who has it as e-mail or username, compared as `fold_email` does.
    virtual std::optional<UserId> holder_of(std::string_view login) const = 0;
    virtual UserTotals totals() const = 0;
};

/// One user after one write. Revisions of a batch follow one another without a gap.
struct UserChange {
    Revision revision = 0;
    UserId id = 0;
    /// `nullopt` if the user was erased.
    std::optional<User> after;
    /// The user did not exist before.
    bool is_new = false;
    /// The user existed with a different e-mail or username.
    bool has_new_login = false;
};

/// The only place with the rules for a change of users.
///
/// Lifetime: the users outlive it, and do not change while `apply` runs.
class UserTransaction {
  public:
    /// Ids that were given before: a person may give a user back to a users file.
    enum class Ids { given_once, may_return };

    UserTransaction(const UserLookup& users, std::chrono::sys_seconds now,
                    Ids ids = Ids::given_once);

    /// Errors: `user_not_found`, `email_taken`, `username_taken`, `id_taken`, `last_admin`,
    /// `revision_mismatch`, `invalid_request` (an id, a time, a profile or metadata that no store
    /// can hold).
    /// `created_at` is that of an updated user: a person may edit it in a users file.
    result<User> apply(const Write& write,
                       std::optional<std::chrono::sys_seconds> created_at = std::nullopt);

    /// All of them, up to the first one that is refused: then its error, and the transaction is of
    /// no further use.
    result<std::vector<User>> apply_all(std::span<const Write> writes);

    /// What was accepted, in order.
    const std::vector<UserChange>& changes() const noexcept { return changes_; }
    /// After the accepted writes.
    UserTotals totals() const noexcept { return totals_; }

    /// After those changes; as of `UserLookup`.
    std::optional<UserId> holder_of(std::string_view login) const;

  private:
    result<User> create(const CreateUser& write);
    result<User> update(const UpdateUser& write,
                        std::optional<std::chrono::sys_seconds> created_at);
    result<User> erase(const EraseUser& write);

    result<void> check_logins(UserId owner, const std::string* email,
                              const std::string* username) const;
    std::optional<User> find(UserId id) const;
    bool is_last_admin(const User& user) const noexcept;
    void stage(UserId id, const User* before, const User* after);

    const UserLookup& users_;
    std::chrono::sys_seconds now_;
    Ids ids_;
    UserTotals totals_;
    std::vector<UserChange> changes_;
    boost::unordered_flat_map<UserId, std::size_t> latest_;
    // By folded e-mail or username; 0 where it became free.
    boost::unordered_flat_map<std::string, UserId> logins_;
};

}  // namespace roster::storage
