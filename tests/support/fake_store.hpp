#pragma once

// A store in memory that answers at once, for tests of the rules above it.

#include <roster/store.hpp>

#include <functional>
#include <map>
#include <mutex>
#include <optional>

namespace roster::testing {

/// Threads: any; the hook and `fail_*` are set before the first call.
class FakeStore final : public Store {
  public:
    boost::asio::awaitable<result<User>> find(UserId id) override;
    boost::asio::awaitable<result<User>> find_by_email(std::string email) override;
    boost::asio::awaitable<result<std::vector<User>>> list(UserId after,
                                                           std::size_t limit) override;
    boost::asio::awaitable<result<User>> apply(Write write) override;
    StoreStatus status() const override;
    std::string url() const override { return "fake:"; }

    /// `apply`, for the test itself: past the hook and the failures.
    result<User> write(Write write);
    /// A user put there without further ado.
    User add(std::string email, std::string_view password_hash, Role role = Role::user);
    /// The user as it is kept, hash and all.
    User get(UserId id) const;
    /// Calls of `apply` so far.
    std::size_t writes() const;

    /// Called once the next look-up by e-mail has its answer, before the caller has.
    std::function<void()> after_find_by_email;
    std::optional<Errc> fail_reads;
    std::optional<Errc> fail_writes;

  private:
    result<User> create(CreateUser create);
    result<User> update(UpdateUser update);
    result<User> erase(const EraseUser& erase);
    const User* by_email(std::string_view email) const;
    std::uint64_t admins() const;

    mutable std::mutex mutex_;
    std::map<UserId, User> users_;
    UserId next_id_ = 1;
    Revision revision_ = 0;
    std::size_t writes_ = 0;
};

}  // namespace roster::testing
