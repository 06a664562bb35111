#include "support/fake_store.hpp"

#include "support/await.hpp"

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

FakeStore::FakeStore(std::function<std::chrono::sys_seconds()> now)
    : store_(open_store("memory:", options_with(std::move(now)))) {}

asio::awaitable<result<User>> FakeStore::find(UserId id) {
    if (fail_reads) co_return *fail_reads;
    auto found = co_await store_->find(id);
    co_return found;
}

asio::awaitable<result<User>> FakeStore::find_by_email(std::string email) {
    if (fail_reads) co_return *fail_reads;
    auto found = co_await store_->find_by_email(std::move(email));
    if (after_find_by_email) std::exchange(after_find_by_email, nullptr)();
    co_return found;
}

asio::awaitable<result<std::vector<User>>> FakeStore::list(UserId after, std::size_t limit) {
    if (fail_reads) co_return *fail_reads;
    auto page = co_await store_->list(after, limit);
    co_return page;
}

asio::awaitable<result<UserPage>> FakeStore::search(UserQuery query) {
    if (fail_reads) co_return *fail_reads;
    auto page = co_await store_->search(std::move(query));
    co_return page;
}

asio::awaitable<result<User>> FakeStore::apply(Write write) {
    if (fail_writes) co_return *fail_writes;
    ++writes_;
    auto applied = co_await store_->apply(std::move(write));
    co_return applied;
}

asio::awaitable<result<std::vector<User>>> FakeStore::apply_all(std::vector<Write> writes) {
    if (fail_writes) co_return *fail_writes;
    ++writes_;
    auto applied = co_await store_->apply_all(std::move(writes));
    co_return applied;
}

asio::awaitable<result<AuthState>> FakeStore::auth_state(UserId id) {
    if (fail_reads) co_return *fail_reads;
    auto found = co_await store_->auth_state(id);
    co_return found;
}

asio::awaitable<result<std::vector<Session>>> FakeStore::sessions_of(UserId user) {
    if (fail_reads) co_return *fail_reads;
    auto sessions = co_await store_->sessions_of(user);
    co_return sessions;
}

asio::awaitable<result<std::vector<Session>>> FakeStore::list_sessions(SessionId after,
                                                                       std::size_t limit) {
    if (fail_reads) co_return *fail_reads;
    auto sessions = co_await store_->list_sessions(after, limit);
    co_return sessions;
}

asio::awaitable<result<std::vector<LimiterRecord>>> FakeStore::limiter_records() {
    if (fail_reads) co_return *fail_reads;
    auto records = co_await store_->limiter_records();
    co_return records;
}

asio::awaitable<result<SessionResult>> FakeStore::apply_session(SessionWrite write) {
    if (fail_writes) co_return *fail_writes;
    ++access_writes_;
    auto applied = co_await store_->apply_session(std::move(write));
    co_return applied;
}

result<User> FakeStore::write(Write write) {
    ++writes_;
    return await(store_->apply(std::move(write)));
}

result<SessionResult> FakeStore::write_access(SessionWrite write) {
    ++access_writes_;
    return await(store_->apply_session(std::move(write)));
}

User FakeStore::add(std::string email, std::string_view password_hash, Role role) {
    return write(CreateUser(std::move(email), Secret(password_hash), role)).value();
}

User FakeStore::get(UserId id) const {
    return await(store_->find(id)).value();
}

}  // namespace roster::testing
