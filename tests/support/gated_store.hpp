#pragma once

// A store that delays its writes until a test releases them, or fails them.

#include <roster/store.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roster::test {

class GatedStore final : public Store {
  public:
    explicit GatedStore(std::unique_ptr<Store> store) : store_(std::move(store)) {}
    ~GatedStore() override { open(); }

    void close() { set(false); }
    void open() { set(true); }

    /// From now on writes wait.
    void fail_writes(Errc error) {
        const std::lock_guard lock(mutex_);
        failure_ = error;
    }

    /// Blocks until a write waits at the closed gate.
    void wait_for_a_write() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_ > 0; });
    }

    boost::asio::awaitable<result<User>> find(UserId id) override { return store_->find(id); }
    boost::asio::awaitable<result<User>> find_by_email(std::string email) override {
        return store_->find_by_email(std::move(email));
    }
    boost::asio::awaitable<result<std::vector<User>>> list(UserId after,
                                                           std::size_t limit) override {
        return store_->list(after, limit);
    }
    boost::asio::awaitable<result<UserPage>> search(UserQuery query) override {
        return store_->search(std::move(query));
    }
    boost::asio::awaitable<result<User>> apply(Write write) override {
        const std::optional<Errc> failure = co_await pass_gate();
        if (failure) co_return *failure;
        auto applied = co_await store_->apply(std::move(write));
        co_return applied;
    }
    boost::asio::awaitable<result<std::vector<User>>> apply_all(
        std::vector<Write> writes) override {
        const std::optional<Errc> failure = co_await pass_gate();
        if (failure) co_return *failure;
        auto applied = co_await store_->apply_all(std::move(writes));
        co_return applied;
    }
    boost::asio::awaitable<result<AuthState>> auth_state(UserId id) override {
        return store_->auth_state(id);
    }
    boost::asio::awaitable<result<std::vector<Session>>> sessions_of(UserId user) override {
        return store_->sessions_of(user);
    }
    boost::asio::awaitable<result<std::vector<Session>>> list_sessions(SessionId after,
                                                                       std::size_t limit) override {
        return store_->list_sessions(after, limit);
    }
    boost::asio::awaitable<result<std::vector<LimiterRecord>>> limiter_records() override {
        return store_->limiter_records();
    }
    boost::asio::awaitable<result<SessionResult>> apply_session(SessionWrite write) override {
        const std::optional<Errc> failure = co_await pass_gate();
        if (failure) co_return *failure;
        auto applied = co_await store_->apply_session(std::move(write));
        co_return applied;
    }
    StoreStatus status() const override { return store_->status(); }
    std::string url() const override { return store_->url(); }

  private:
    boost::asio::awaitable<std::optional<Errc>> pass_gate() {
        co_await boost::asio::co_spawn(pool_, pass(), boost::asio::use_awaitable);
        co_return failure_now();
    }

    boost::asio::awaitable<void> pass() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
        --waiting_;
        co_return;
    }

    std::optional<Errc> failure_now() {
        const std::lock_guard lock(mutex_);
        return failure_;
    }

    void set(bool is_open) {
        const std::lock_guard lock(mutex_);
        open_ = is_open;
        changed_.notify_all();
    }

    std::unique_ptr<Store> store_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = true;
    int waiting_ = 0;
    std::optional<Errc> failure_;
    boost::asio::thread_pool pool_{4};
};

}  // namespace roster::test
