#pragma once

// The storage interface: what the rules (accounts) await and every store offers.
// Knows no rule but those that only the commit itself can decide: unique e-mails, ids given once,
// and that the last administrator stays.

#include <roster/error.hpp>
#include <roster/secret.hpp>
#include <roster/user.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spdlog {
class logger;
}

namespace roster {

/// A new account. The store gives it its id, its times and its revision.
class CreateUser {
  public:
    CreateUser(std::string address, Secret phc, Role initial_role)
        : email(std::move(address)), password_hash(std::move(phc)), role(initial_role) {}

    std::string email;
    Secret password_hash;
    Role role;
    bool disabled = false;
};

/// A change of the members that are set. Nothing changes where `expected` is set and is not the
/// user's revision.
class UpdateUser {
  public:
    explicit UpdateUser(UserId user) : id(user) {}

    UserId id;
    std::optional<std::string> email;
    std::optional<Secret> password_hash;
    std::optional<Role> role;
    std::optional<bool> disabled;
    std::optional<Revision> expected;
};

class EraseUser {
  public:
    explicit EraseUser(UserId user) : id(user) {}

    UserId id;
    std::optional<Revision> expected;
};

using Write = std::variant<CreateUser, UpdateUser, EraseUser>;

/// How a store is doing.
struct StoreStatus {
    StoreStatus() = default;

    /// False once a write could not be made durable; reads go on.
    bool writable = true;
    std::uint64_t users = 0;
    /// Administrators that are not disabled.
    std::uint64_t admins = 0;
    Revision revision = 0;
};

/// Accounts, kept.
///
/// Every call may be made from any thread; an awaitable resumes on the caller's executor.
/// A write is acknowledged after it is durable, and visible to readers only then.
///
/// Threads: any.
/// Cancellation: none. A write that was begun is finished, and its answer waited for.
/// Lifetime: the store outlives every awaitable it has given out.
class Store {
  public:
    virtual ~Store() = default;

    /// Errors: `user_not_found`, `store_unavailable`.
    virtual boost::asio::awaitable<result<User>> find(UserId id) = 0;

    /// Compared as `fold_email` does. Errors: `user_not_found`, `store_unavailable`.
    virtual boost::asio::awaitable<result<User>> find_by_email(std::string email) = 0;

    /// The first `limit` users with an id above `after`, by id. An empty page is the end.
    /// Errors: `store_unavailable`.
    virtual boost::asio::awaitable<result<std::vector<User>>> list(UserId after,
                                                                   std::size_t limit) = 0;

    /// Makes the write durable. Gives the user as it is afterwards; for `EraseUser`, as it was.
    /// Errors: `user_not_found`, `email_taken`, `last_admin`, `revision_mismatch`, `overloaded`
    /// (too many writes wait), `store_unavailable` (nothing was changed).
    virtual boost::asio::awaitable<result<User>> apply(Write write) = 0;

    virtual StoreStatus status() const = 0;

    /// The store's URL with an absolute path, for people.
    virtual std::string url() const = 0;
};

static_assert(!std::is_aggregate_v<User> && !std::is_aggregate_v<CreateUser> &&
              !std::is_aggregate_v<UpdateUser> && !std::is_aggregate_v<EraseUser>);

/// What a store needs from its surroundings.
class OpenOptions {
  public:
    OpenOptions() = default;

    /// Turns a plain password found in a book into a PHC string. Called from several threads.
    /// Where it is empty, a book with plain passwords is refused.
    std::function<result<Secret>(const Secret& password)> hash_password;
    /// Where warnings and progress go; nowhere if empty.
    std::shared_ptr<spdlog::logger> log;
    /// The clock for created_at and updated_at; the system's if empty.
    std::function<std::chrono::sys_seconds()> now;
};

/// Opens the store that `url` names: `json:PATH`, `memory:`.
///
/// Throws: `StartupError` with `store_locked` (another process has it), `store_damaged` (with file,
/// line and column; nothing was touched), `store_unavailable` (the machine said no) or
/// `invalid_request` (no such kind of URL).
std::unique_ptr<Store> open_store(std::string_view url, OpenOptions options);

}  // namespace roster
