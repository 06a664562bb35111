#pragma once

// A store in memory for tests of the rules and of the server: it fails, makes writes wait, and
// calls a hook when a test says so.

#include <roster/store.hpp>

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace roster::testing {

/// Threads: any; the hook is set before the first call.
class FakeStore final : public Store {
  public:
    /// Its clock for created_at and updated_at; the system's if empty.
    /// Shared: it says so, and tells of sessions that ended, however long ago.
    explicit FakeStore(std::function<std::chrono::sys_seconds()> now = {}, bool is_shared = false);
    ~FakeStore() override { open(); }

    boost::asio::awaitable<result<User>> find(UserId id) override;
    boost::asio::awaitable<result<User>> find_by_login(std::string login) override;
    boost::asio::awaitable<result<std::vector<User>>> list(UserId after,
                                                           std::size_t limit) override;
    boost::asio::awaitable<result<UserPage>> search(UserQuery query) override;
    boost::asio::awaitable<result<User>> apply(Write write) override;
    boost::asio::awaitable<result<std::vector<User>>> apply_all(std::vector<Write> writes) override;
    boost::asio::awaitable<result<AuthState>> auth_state(UserId id) override;
    result<AuthState> auth_state_now(UserId id, User& user) override;
    bool is_shared() const override { return is_shared_; }
    boost::asio::awaitable<result<ProvenSession>> prove(SessionDigest digest) override;
    boost::asio::awaitable<result<std::vector<Session>>> sessions_of(UserId user) override;
    boost::asio::awaitable<result<std::vector<Session>>> list_sessions(SessionId after,
                                                                       std::size_t limit) override;
    boost::asio::awaitable<result<std::vector<LimiterRecord>>> limiter_records() override;
    boost::asio::awaitable<result<SessionResult>> apply_session(SessionWrite write) override;
    StoreStatus status() const override {
        StoreStatus status = store_->status();
        status.writable = status.writable && !read_only;
        if (read_only) status.problem = "the disk is full";
        return status;
    }
    std::string url() const override { return "fake:"; }

    /// `apply` and `apply_session`, for the test itself: without the hook and the failures.
    result<User> write(Write write);
    result<SessionResult> write_sessions(SessionWrite write);
    /// Adds a user, without the rules.
    User add(std::string email, std::string_view password_hash, Role role = Role::user);
    /// The user as stored, with the hash.
    User get(UserId id) const;
    /// Writes of users so far that were not made to fail; a group counts as one.
    std::size_t writes() const { return writes_; }
    /// The same for sessions and the rate limiter.
    std::size_t session_writes() const { return session_writes_; }

    /// Between the two, writes wait.
    void close() { set_open(false); }
    void open() { set_open(true); }
    /// Blocks until a write waits.
    void wait_for_a_write();

    /// Called after the next look-up by login, before its caller gets the answer.
    std::function<void()> after_find_by_login;
    std::atomic<std::optional<Errc>> fail_reads;
    /// Of users, sessions and the rate limiter; after they have waited.
    std::atomic<std::optional<Errc>> fail_writes;
    /// What its status says.
    std::atomic<bool> read_only = false;

  private:
    /// Waits while the store is closed; returns how the write fails.
    boost::asio::awaitable<std::optional<Errc>> begin_write();
    boost::asio::awaitable<void> wait_until_open();
    void set_open(bool is_open);

    std::unique_ptr<Store> store_;
    const bool is_shared_;
    std::atomic<std::size_t> writes_ = 0;
    std::atomic<std::size_t> session_writes_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    std::size_t waiting_ = 0;
    std::map<SessionDigest, Session> opened_;
    std::atomic<bool> is_open_ = true;
    // Destroyed first: it waits for the writes on its thread.
    boost::asio::thread_pool pool_{1};
};

}  // namespace roster::testing
