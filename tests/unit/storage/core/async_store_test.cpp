#include "storage/core/async_store.hpp"

#include "storage/memory/memory_backend.hpp"
#include "unit/storage/support.hpp"

#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <thread>

namespace roster::storage {
namespace {

namespace asio = boost::asio;
using namespace roster::storage::testing;

// A backend whose disk takes as long as the test wants.
class SlowBackend : public Backend {
  public:
    // Opens the way for so many commits.
    void let_commit(std::size_t commits) {
        const std::lock_guard lock(mutex_);
        allowed_ += commits;
        changed_.notify_all();
    }

    void wait_until_begun(std::size_t commits) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return batches_.size() >= commits; });
    }

    std::vector<std::size_t> batches() const {
        const std::lock_guard lock(mutex_);
        return batches_;
    }

    std::vector<result<User>> commit(std::span<const Write> batch) override {
        work(batch.size());
        return std::vector<result<User>>(batch.size(), result<User>(User()));
    }
    result<std::vector<User>> commit_all(std::span<const Write> batch) override {
        work(batch.size());
        return std::vector<User>(batch.size());
    }
    std::vector<result<SessionResult>> commit_sessions(
        std::span<const SessionWrite> batch) override {
        return std::vector<result<SessionResult>>(batch.size(),
                                                  result<SessionResult>(SessionResult()));
    }

    result<User> find(UserId) const override { return User(); }
    result<User> find_by_login(std::string_view) const override { return User(); }
    result<std::vector<User>> list(UserId, std::size_t) const override {
        return std::vector<User>();
    }
    result<UserPage> search(const UserQuery&) const override { return UserPage(); }
    result<AuthState> auth_state(UserId) const override { return AuthState(); }
    result<std::vector<Session>> sessions_of(UserId) const override {
        return std::vector<Session>();
    }
    result<std::vector<Session>> list_sessions(SessionId, std::size_t) const override {
        return std::vector<Session>();
    }
    result<std::vector<LimiterRecord>> limiter_records() const override {
        return std::vector<LimiterRecord>();
    }
    StoreStatus status() const override { return {}; }
    std::string url() const override { return "slow:"; }

    std::atomic<bool> throws = false;

  private:
    void work(std::size_t writes) {
        std::unique_lock lock(mutex_);
        batches_.push_back(writes);
        changed_.notify_all();
        changed_.wait(lock, [&] { return allowed_ > 0; });
        --allowed_;
        if (throws) throw std::runtime_error("the disk is on fire");
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t allowed_ = 0;
    std::vector<std::size_t> batches_;
};

class AsyncStoreTest : public ::testing::Test {
  protected:
    explicit AsyncStoreTest(CommitQueueLimits limits = {}) {
        auto backend = std::make_unique<SlowBackend>();
        backend_ = backend.get();
        store_ = std::make_unique<AsyncStore>(std::move(backend), nullptr, limits);
    }

    // Hands a write over; its answer is counted when the context runs.
    void begin_write() {
        asio::co_spawn(
            context_, store_->apply(create("a@a.com")),
            [this](std::exception_ptr, result<User> answer) {
                answers_.push_back(answer ? boost::system::error_code() : answer.error());
            });
        context_.poll();
    }

    // The same for a group.
    void begin_group(std::size_t writes) {
        asio::co_spawn(
            context_, store_->apply_all(std::vector<Write>(writes, create("a@a.com"))),
            [this](std::exception_ptr, result<std::vector<User>> answer) {
                answers_.push_back(answer ? boost::system::error_code() : answer.error());
            });
        context_.poll();
    }

    asio::io_context context_;
    SlowBackend* backend_ = nullptr;
    std::unique_ptr<AsyncStore> store_;
    std::vector<boost::system::error_code> answers_;
};

TEST_F(AsyncStoreTest, WhatComesDuringACommitIsTheNextBatch) {
    begin_write();
    backend_->wait_until_begun(1);
    for (int i = 0; i < 10; ++i)
        begin_write();
    backend_->let_commit(1);
    backend_->wait_until_begun(2);
    EXPECT_EQ(backend_->batches(), (std::vector<std::size_t>{1, 10}));
    backend_->let_commit(1);
    context_.run();
    EXPECT_EQ(answers_.size(), 11U);
}

TEST_F(AsyncStoreTest, CountsCommitsByTheirSize) {
    backend_->let_commit(2);
    begin_write();
    context_.run();
    context_.restart();
    begin_group(5);
    context_.run();
    EXPECT_TRUE(run(store_->apply_session(EndSessions({1}))));
    const StoreFigures figures = store_->figures();
    EXPECT_EQ(figures.users.writes, 6U);
    EXPECT_EQ(figures.users.sizes[0], 1U) << "one write";
    EXPECT_EQ(figures.users.sizes[2], 1U) << "three to five";
    EXPECT_EQ(figures.sessions.writes, 1U);
    EXPECT_GT(figures.users.time.count(), 0);
    std::uint64_t timed = 0;
    for (const std::uint64_t commits : figures.users.times)
        timed += commits;
    EXPECT_EQ(timed, 2U);
}

TEST(CommitFigures, PutsABoundIntoTheBucketBelowIt) {
    CommitFigures figures;
    figures.add(2, std::chrono::milliseconds(1));
    figures.add(3, std::chrono::seconds(2));
    figures.add(501, {});
    EXPECT_EQ(figures.sizes, (decltype(figures.sizes){0, 1, 1, 0, 0, 0, 0, 0, 1}));
    EXPECT_EQ(figures.times, (decltype(figures.times){1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}));
    EXPECT_EQ(figures.writes, 506U);
}

TEST_F(AsyncStoreTest, NothingIsAnsweredBeforeTheCommit) {
    begin_write();
    backend_->wait_until_begun(1);
    context_.poll();
    EXPECT_TRUE(answers_.empty());
    backend_->let_commit(1);
    context_.run();
    EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(AsyncStoreTest, ItsEndWaitsForWhatWasAccepted) {
    for (int i = 0; i < 5; ++i)
        begin_write();
    backend_->let_commit(5);
    store_.reset();
    context_.run();
    EXPECT_EQ(answers_, std::vector<boost::system::error_code>(5));
}

TEST_F(AsyncStoreTest, AnExceptionIsAnAnswer) {
    backend_->throws = true;
    backend_->let_commit(1);
    begin_write();
    context_.run();
    EXPECT_EQ(answers_.at(0), Errc::store_unavailable);
    backend_->throws = false;
    backend_->let_commit(1);
    context_.restart();
    begin_write();
    context_.run();
    EXPECT_FALSE(answers_.at(1));
}

TEST_F(AsyncStoreTest, AGroupGoesByItselfAndInItsTurn) {
    begin_write();
    backend_->wait_until_begun(1);
    begin_write();
    begin_write();
    begin_group(5);
    begin_write();
    backend_->let_commit(4);
    context_.run();
    EXPECT_EQ(backend_->batches(), (std::vector<std::size_t>{1, 2, 5, 1}));
    EXPECT_EQ(answers_, std::vector<boost::system::error_code>(5));
}

TEST_F(AsyncStoreTest, SessionWritesDoNotWaitForUserWrites) {
    begin_write();
    backend_->wait_until_begun(1);
    EXPECT_TRUE(run(store_->apply_session(EndSessions({1}))));
    EXPECT_TRUE(answers_.empty());
    backend_->let_commit(1);
    context_.run();
}

class AsyncStoreLimitsTest : public AsyncStoreTest {
  protected:
    AsyncStoreLimitsTest() : AsyncStoreTest(limits()) {}

    static CommitQueueLimits limits() {
        CommitQueueLimits limits;
        limits.waiting = 3;
        limits.batch = 2;
        return limits;
    }
};

TEST_F(AsyncStoreLimitsTest, TooManyWaitingWritesAreOverloaded) {
    begin_write();
    backend_->wait_until_begun(1);
    for (int i = 0; i < 4; ++i)
        begin_write();
    context_.poll();
    ASSERT_EQ(answers_.size(), 1U);
    EXPECT_EQ(answers_[0], Errc::overloaded);
    backend_->let_commit(3);
    context_.run();
    EXPECT_EQ(answers_.size(), 5U);
    EXPECT_EQ(backend_->batches(), (std::vector<std::size_t>{1, 2, 1}));
}

class AsyncStoreGatheringTest : public AsyncStoreTest {
  protected:
    AsyncStoreGatheringTest() : AsyncStoreTest(limits()) {}

    static CommitQueueLimits limits() {
        CommitQueueLimits limits;
        limits.gathering = std::chrono::milliseconds(1);
        return limits;
    }
};

TEST_F(AsyncStoreGatheringTest, ABatchThatWaitsForMoreLosesNothing) {
    backend_->let_commit(1000);
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 5; ++i)
            begin_write();
        context_.run();
        context_.restart();
    }
    begin_write();
    store_.reset();
    context_.run();
    EXPECT_EQ(answers_, std::vector<boost::system::error_code>(101));
}

// A backend that has to ask a disk, which takes as long as the test wants.
class ReadingBackend final : public SlowBackend {
  public:
    explicit ReadingBackend(std::shared_future<void> disk) : disk_(std::move(disk)) {}

    bool reads_may_block() const override { return true; }
    result<User> find(UserId id) const override {
        disk_.wait();
        User user;
        user.id = id;
        return user;
    }
    result<std::vector<User>> list(UserId, std::size_t) const override {
        return Errc::store_unavailable;
    }

  private:
    std::shared_future<void> disk_;
};

TEST(AsyncStoreReads, ThatMayBlockHoldNoCallerUp) {
    std::promise<void> disk;
    AsyncStore store(std::make_unique<ReadingBackend>(disk.get_future().share()), nullptr);
    asio::io_context context;
    std::vector<UserId> found;
    for (UserId id = 1; id <= 20; ++id)
        asio::co_spawn(context, store.find(id), [&](std::exception_ptr, result<User> user) {
            found.push_back(user ? user->id : 0);
        });
    context.poll();
    EXPECT_TRUE(found.empty());
    EXPECT_TRUE(run(store.auth_state(1))) << "never waits for a disk";
    disk.set_value();
    context.run();
    std::sort(found.begin(), found.end());
    ASSERT_EQ(found.size(), 20U);
    EXPECT_EQ(found.back(), 20U);
    EXPECT_EQ(run(store.list(0, 1)).error(), Errc::store_unavailable);
}

TEST(AsyncStoreReads, EndOfTheStoreWaitsForThem) {
    std::promise<void> disk;
    auto store = std::make_unique<AsyncStore>(
        std::make_unique<ReadingBackend>(disk.get_future().share()), nullptr);
    asio::io_context context;
    bool is_answered = false;
    asio::co_spawn(context, store->find(1),
                   [&](std::exception_ptr, const result<User>&) { is_answered = true; });
    context.poll();
    disk.set_value();
    store.reset();
    context.run();
    EXPECT_TRUE(is_answered);
}

class ManyThreads : public ::testing::TestWithParam<std::string> {};

asio::awaitable<void> write_and_read(Store& store, int writer, int rounds,
                                     std::atomic<int>& failures) {
    for (int i = 0; i < rounds; ++i) {
        const std::string email = std::to_string(writer) + "-" + std::to_string(i) + "@a.com";
        const auto made = co_await store.apply(create(email));
        if (!made) {
            ++failures;
            continue;
        }
        const auto found = co_await store.find_by_login(email);
        if (!found || found->id != made->id) ++failures;
        const auto page = co_await store.list(0, 10);
        if (!page || page->empty()) ++failures;
        UpdateUser update(made->id);
        update.email = "x" + email;
        const auto changed = co_await store.apply(update);
        if (!changed || changed->email != "x" + email) ++failures;
    }
}

TEST_P(ManyThreads, LoseNothingAndMixNothingUp) {
    constexpr int kWriters = 64;
    constexpr int kRounds = 5;
    TemporaryDirectory directory;
    const auto store = open_store(new_store_url(GetParam(), directory / "store"), test_options());
    std::atomic<int> failures = 0;
    asio::thread_pool pool(4);
    for (int writer = 0; writer < kWriters; ++writer)
        asio::co_spawn(pool, write_and_read(*store, writer, kRounds, failures), asio::detached);
    pool.join();
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(store->status().users, std::uint64_t{kWriters * kRounds});
    std::set<Revision> revisions;
    for (const User& user : *run(store->list(0, 10'000)))
        revisions.insert(user.revision);
    EXPECT_EQ(revisions.size(), std::size_t{kWriters * kRounds});
}

// Opens sessions for a user while another coroutine erases that user.
asio::awaitable<void> open_sessions(Store& store, UserId user, int rounds) {
    for (int i = 0; i < rounds; ++i) {
        Session session;
        session.user = user;
        session.expires_at = some_time() + std::chrono::days(1);
        const auto opened = co_await store.apply_session(CreateSession(session, 3));
        if (!opened) co_return;
        (void)co_await store.list_sessions(0, 10);
        (void)co_await store.apply_session(EndSessionsOf(user, opened->session->id));
    }
}

asio::awaitable<void> erase(Store& store, UserId user) {
    (void)co_await store.auth_state(user);
    (void)co_await store.apply(EraseUser(user));
}

TEST_P(ManyThreads, LeaveNoSessionToAUserWhoIsErased) {
    constexpr UserId kUsers = 40;
    TemporaryDirectory directory;
    const auto store = open_store(new_store_url(GetParam(), directory / "store"), test_options());
    for (UserId user = 1; user <= kUsers; ++user)
        run(store->apply(create(std::to_string(user) + "@a.com")));
    asio::thread_pool pool(4);
    for (UserId user = 1; user <= kUsers; ++user) {
        asio::co_spawn(pool, open_sessions(*store, user, 5), asio::detached);
        if (user % 2 == 0) asio::co_spawn(pool, erase(*store, user), asio::detached);
    }
    pool.join();
    std::set<UserId> users;
    for (const Session& session : *run(store->list_sessions(0, 10'000)))
        users.insert(session.user);
    EXPECT_EQ(users.size(), kUsers / 2);
    for (const UserId user : users)
        EXPECT_EQ(user % 2, 1U) << "user " << user << " is gone";
}

INSTANTIATE_TEST_SUITE_P(Backends, ManyThreads, ::testing::ValuesIn(backends()),
                         [](const auto& backend) { return backend.param; });

}  // namespace
}  // namespace roster::storage
