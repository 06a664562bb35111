// Attempts that wait for others that are under way.

#include "support/await.hpp"
#include "unit/accounts/rate_limit/fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <vector>

namespace roster::accounts {
namespace {

namespace asio = boost::asio;

struct Password {
    bool is_right = true;
    std::chrono::milliseconds takes{1};
};

// What an attempt came to: how long it is told to wait; zero if it was let through.
asio::awaitable<std::chrono::milliseconds> try_password(RateLimiter* limiter, AttemptKey attempt,
                                                        Password password,
                                                        std::atomic<int>* under_way) {
    Admission admission = co_await limiter->admit(std::move(attempt));
    if (!admission) co_return admission.wait();
    EXPECT_LE(++*under_way, 6);
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor);
    timer.expires_after(password.takes);
    co_await timer.async_wait(asio::use_awaitable);
    --*under_way;
    if (password.is_right)
        admission.end(Outcome::succeeded);
    else
        admission.end(Outcome::failed);
    co_return std::chrono::milliseconds(0);
}

class RateLimiterWaiting : public RateLimiterTest {
  protected:
    RateLimiterWaiting() {
        limits_.patience = 60s;
        start();
    }

    using Waits = std::vector<std::chrono::milliseconds>;

    Waits at_once(const std::vector<AttemptKey>& attempts, Password password) {
        std::vector<asio::awaitable<std::chrono::milliseconds>> operations;
        for (const AttemptKey& attempt : attempts)
            operations.push_back(try_password(limiter_.get(), attempt, password, &under_way_));
        return testing::await_all(std::move(operations));
    }

    static std::ptrdiff_t let_through(const Waits& waits) {
        return std::count(waits.begin(), waits.end(), 0ms);
    }

    std::atomic<int> under_way_ = 0;
};

TEST_F(RateLimiterWaiting, LetsACrowdAtOneAccountInOneAfterTheOther) {
    const Waits waits = at_once(std::vector<AttemptKey>(50, from("127.0.0.1")), {});
    EXPECT_EQ(let_through(waits), 50);
    EXPECT_EQ(limiter_->size(), 1U) << "the network is known, and nothing else is left";
}

TEST_F(RateLimiterWaiting, LetsACrowdOfAnOfficeIn) {
    std::vector<AttemptKey> attempts;
    for (UserId id = 100; id < 150; ++id)
        attempts.push_back(from("192.0.2.1", account_key(id)));
    EXPECT_EQ(let_through(at_once(attempts, {})), 50);
}

TEST_F(RateLimiterWaiting, RefusesAllWhoWaitWhenTheFreeFailuresAreUsedUp) {
    const auto begun = std::chrono::steady_clock::now();
    const Waits waits = at_once(std::vector<AttemptKey>(50, from("127.0.0.1")), {false, 1ms});
    EXPECT_EQ(let_through(waits), 6);
    EXPECT_EQ(std::count(waits.begin(), waits.end(), 1s), 44);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, limits_.patience) << "woken, not timed out";
}

TEST_F(RateLimiterWaiting, EndsWithItsPatience) {
    limits_.patience = 20ms;
    start();
    const Admission never_ends = limiter_->begin(from("127.0.0.1"));
    const Waits waits = at_once(std::vector<AttemptKey>(3, from("127.0.0.1")), {});
    EXPECT_EQ(waits, Waits(3, 1s));
}

TEST_F(RateLimiterWaiting, EndsWithItsCoroutine) {
    Admission first = limiter_->begin(from("127.0.0.1"));
    {
        asio::io_context context;
        for (int i = 0; i < 3; ++i)
            asio::co_spawn(context,
                           try_password(limiter_.get(), from("127.0.0.1"), {}, &under_way_),
                           [](std::exception_ptr, std::chrono::milliseconds) {});
        context.poll();
    }
    first.end(Outcome::succeeded);
    EXPECT_EQ(wait(from("127.0.0.1")), 0s);
}

TEST_F(RateLimiterWaiting, LosesNoWakeUpBetweenThreads) {
    asio::thread_pool threads(4);
    std::vector<std::future<std::chrono::milliseconds>> answers;
    for (int i = 0; i < 400; ++i)
        answers.push_back(
            asio::co_spawn(asio::make_strand(threads),
                           try_password(limiter_.get(), from("127.0.0.1", account_key(i % 3U)),
                                        {true, std::chrono::milliseconds(0)}, &under_way_),
                           asio::use_future));
    for (auto& answer : answers)
        EXPECT_EQ(answer.get(), 0ms);
    threads.join();
}

}  // namespace
}  // namespace roster::accounts
