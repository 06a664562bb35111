#pragma once

// A store in memory for tests of the rules: it fails, and calls a hook, when a test says so.

#include <roster/store.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace roster::testing {

/// Threads: any; the hook and `fail_*` are set before the first call.
class FakeStore final : public Store {
  public:
    /// Its clock for created_at and updated_at; the system's if empty.
    explicit FakeStore(std::function<std::chrono::sys_seconds()> now = {});

    boost::asio::awaitable<result<User>> find(UserId id) override;
    boost::asio::awaitable<result<User>> find_by_email(std::string email) override;
    boost::asio::awaitable<result<std::vector<User>>> list(UserId after,
                                                           std::size_t limit) override;
    boost::asio::awaitable<result<UserPage>> search(UserQuery query) override;
    boost::asio::awaitable<result<User>> apply(Write write) override;
    boost::asio::awaitable<result<std::vector<User>>> apply_all(std::vector<Write> writes) override;
    boost::asio::awaitable<result<AuthState>> auth_state(UserId id) override;
    boost::asio::awaitable<result<std::vector<Session>>> sessions_of(UserId user) override;
    boost::asio::awaitable<result<std::vector<Session>>> list_sessions(SessionId after,
                                                                       std::size_t limit) override;
    boost::asio::awaitable<result<std::vector<LimiterRecord>>> limiter_records() override;
    boost::asio::awaitable<result<SessionResult>> apply_session(SessionWrite write) override;
    StoreStatus status() const override { return store_->status(); }
    std::string url() const override { return "fake:"; }

    /// `apply` and `apply_session`, for the test itself: without the hook and the failures.
    result<User> write(Write write);
    result<SessionResult> write_access(SessionWrite write);
    /// Adds a user, without the rules.
    User add(std::string email, std::string_view password_hash, Role role = Role::user);
    /// The user as stored, with the hash.
    User get(UserId id) const;
    /// Writes of users so far that were not made to fail; a group counts as one.
    std::size_t writes() const { return writes_; }
    /// The same for sessions and the rate limiter.
    std::size_t access_writes() const { return access_writes_; }

    /// Called after the next look-up by e-mail, before its caller gets the answer.
    std::function<void()> after_find_by_email;
    std::optional<Errc> fail_reads;
    /// Of users, sessions and the rate limiter.
    std::optional<Errc> fail_writes;

  private:
    std::unique_ptr<Store> store_;
    std::atomic<std::size_t> writes_ = 0;
    std::atomic<std::size_t> access_writes_ = 0;
};

}  // namespace roster::testing
