#include "support/fake_store.hpp"

#include "support/await.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace roster::testing {

namespace asio = boost::asio;

namespace {

OpenOptions options_with(std::function<std::chrono::sys_seconds()> now) {
    OpenOptions options;
    options.now = std::move(now);
    return options;
}

}  // namespace

FakeStore::FakeStore(std::function<std::chrono::sys_seconds()> now, bool is_shared)
    : store_(open_store("memory:", options_with(std::move(now)))), is_shared_(is_shared) {}

asio::awaitable<result<User>> FakeStore::find(UserId id) {
    if (const auto failure = fail_reads.load()) co_return *failure;
    auto found = co_await store_->find(id);
    co_return found;
}

asio::awaitable<result<User>> FakeStore::find_by_login(std::string login) {
    if (const auto failure = fail_reads.load()) co_return *failure;
    auto found = co_await store_->find_by_login(std::move(login));
    if (after_find_by_login) std::exchange(after_find_by_login, nullptr)();
    co_return found;
}

asio::awaitable<result<std::vector<User>>> FakeStore::list(UserId after, std::size_t limit) {
    if (const auto failure = fail_reads.load()) co_return *failure;
    auto page = co_await store_->list(after, limit);
    co_return page;
}

asio::awaitable<result<UserPage>> FakeStore::search(UserQuery query) {
    if (const auto failure = fail_reads.load()) co_return *failure;
    auto page = co_await store_->search(std::move(query));
    co_return page;
}

asio::awaitable<result<User>> FakeStore::apply(Write write) {
    const std::optional<Errc> failure = co_await begin_write();
    if (failure) co_return *failure;
    ++writes_;
    auto applied = co_await store_->apply(std::move(write));
    co_return applied;
}

asio::awaitable<result<std::vector<User>>> FakeStore::apply_all(std::vector<Write> writes) {
    const std::optional<Errc> failure = co_await begin_write();
    if (failure) co_return *failure;
    ++writes_;
    auto applied = co_await store_->apply_all(std::move(writes));
    co_return applied;
}

asio::awaitable<result<AuthState>> FakeStore::auth_state(UserId id) {
    if (const auto failure = fail_reads.load()) co_return *failure;
    auto found = co_await store_->auth_state(id);
    co_return found;
}

result<AuthState> FakeStore::auth_state_now(UserId id, User& user) {
    if (const auto failure = fail_reads.load()) return *failure;
    return store_->auth_state_now(id, user);
}

asio::awaitable<result<ProvenSession>> FakeStore::prove(SessionDigest digest) {
    if (const auto failure = fail_reads.load()) co_return *failure;
    Session session;
    {
        const std::lock_guard lock(mutex_);
        const auto opened = opened_.find(digest);
        if (opened == opened_.end()) co_return Errc::session_not_found;
        session = opened->second;
    }
    auto found = co_await store_->list_sessions(session.id - 1, 1);
    const bool is_ended = found->empty() || found->front().id != session.id;
    if (!is_ended) session = std::move(found->front());
    auto found_owner = co_await store_->find(session.user);
    std::optional<User> owner;
    if (found_owner) owner = std::move(*found_owner);
    ProvenSession proven(std::move(session), is_ended, std::move(owner));
    co_return std::move(proven);
}

asio::awaitable<result<std::vector<Session>>> FakeStore::sessions_of(UserId user) {
    if (const auto failure = fail_reads.load()) co_return *failure;
    auto sessions = co_await store_->sessions_of(user);
    co_return sessions;
}

asio::awaitable<result<std::vector<Session>>> FakeStore::list_sessions(SessionId after,
                                                                       std::size_t limit) {
    if (const auto failure = fail_reads.load()) co_return *failure;
    auto sessions = co_await store_->list_sessions(after, limit);
    co_return sessions;
}

asio::awaitable<result<std::vector<LimiterRecord>>> FakeStore::limiter_records() {
    if (const auto failure = fail_reads.load()) co_return *failure;
    auto records = co_await store_->limiter_records();
    co_return records;
}

asio::awaitable<result<SessionResult>> FakeStore::apply_session(SessionWrite write) {
    const std::optional<Errc> failure = co_await begin_write();
    if (failure) co_return *failure;
    ++session_writes_;
    const bool opens = std::holds_alternative<CreateSession>(write);
    auto applied = co_await store_->apply_session(std::move(write));
    if (!applied || !opens) co_return applied;
    const std::lock_guard lock(mutex_);
    opened_.insert_or_assign(applied->session->digest, *applied->session);
    co_return applied;
}

asio::awaitable<std::optional<Errc>> FakeStore::begin_write() {
    if (!is_open_) co_await asio::co_spawn(pool_, wait_until_open(), asio::use_awaitable);
    co_return fail_writes.load();
}

asio::awaitable<void> FakeStore::wait_until_open() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_.load(); });
    --waiting_;
    co_return;
}

void FakeStore::wait_for_a_write() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
}

void FakeStore::set_open(bool is_open) {
    const std::lock_guard lock(mutex_);
    is_open_ = is_open;
    changed_.notify_all();
}

result<User> FakeStore::write(Write write) {
    ++writes_;
    return await(store_->apply(std::move(write)));
}

result<SessionResult> FakeStore::write_sessions(SessionWrite write) {
    ++session_writes_;
    return await(store_->apply_session(std::move(write)));
}

User FakeStore::add(std::string email, std::string_view password_hash, Role role) {
    return write(CreateUser(std::move(email), Secret(password_hash), role)).value();
}

User FakeStore::get(UserId id) const {
    return await(store_->find(id)).value();
}

}  // namespace roster::testing
