#include "core/bounded_pool.hpp"

#include "support/await.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

namespace roster {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::await;
using testing::await_all;
using Answers = std::vector<result<int>>;
using Operations = std::vector<boost::asio::awaitable<result<int>>>;

class WaitFor {
  public:
    explicit WaitFor(std::latch* gate) : gate_(gate) {}

    result<int> operator()() {
        gate_->wait();
        return 1;
    }

  private:
    std::latch* gate_;
};

class Throw {
  public:
    explicit Throw(bool is_memory) : is_memory_(is_memory) {}

    result<int> operator()() {
        if (is_memory_) throw std::bad_alloc();
        throw std::logic_error("a bug");
    }

  private:
    bool is_memory_;
};

boost::asio::awaitable<result<int>> open_gate(std::latch* gate) {
    gate->count_down();
    co_return 0;
}

Answers fill(BoundedPool& pool, std::size_t jobs) {
    std::latch gate(1);
    Operations operations;
    for (std::size_t i = 0; i < jobs; ++i)
        operations.push_back(pool.run(WaitFor(&gate)));
    operations.push_back(open_gate(&gate));
    auto answers = await_all(std::move(operations));
    answers.pop_back();
    return answers;
}

TEST(BoundedPool, TakesExactlyAsManyJobsAsMayRunAndWait) {
    BoundedPool pool(2, {3});
    for (int round = 0; round < 2; ++round) {
        const auto answers = fill(pool, 7);
        for (std::size_t i = 0; i < 5; ++i)
            EXPECT_EQ(answers[i], result<int>(1)) << i;
        EXPECT_EQ(answers[5], result<int>(Errc::overloaded));
        EXPECT_EQ(answers[6], result<int>(Errc::overloaded));
    }
    EXPECT_EQ(pool.jobs(), 10U);
}

TEST(BoundedPool, TellsHowManyJobsRunAndWait) {
    BoundedPool pool(2, {3});
    std::latch gate(1);
    asio::io_context context;
    for (std::size_t jobs = 1; jobs <= 4; ++jobs) {
        asio::co_spawn(context, pool.run(WaitFor(&gate)), asio::detached);
        context.poll();
        EXPECT_EQ(pool.load().running, std::min<std::size_t>(jobs, 2));
        EXPECT_EQ(pool.load().waiting, jobs - pool.load().running);
    }
    gate.count_down();
    context.run();
    EXPECT_EQ(pool.load().running + pool.load().waiting, 0U);
}

TEST(BoundedPool, MayHaveNoWaitingRoom) {
    BoundedPool pool(1, {0});
    const auto answers = fill(pool, 2);
    EXPECT_EQ(answers[0], result<int>(1));
    EXPECT_EQ(answers[1], result<int>(Errc::overloaded));
}

boost::asio::awaitable<result<bool>> thread_stays(BoundedPool* pool, std::latch* gate) {
    const auto before = std::this_thread::get_id();
    const auto answer = co_await pool->run(WaitFor(gate));
    co_return answer&& std::this_thread::get_id() == before;
}

TEST(BoundedPool, ResumesWhereTheCallerLives) {
    BoundedPool pool(1, {1});
    std::latch gate(0);
    EXPECT_EQ(await(thread_stays(&pool, &gate)), result<bool>(true));
}

TEST(BoundedPool, AnExceptionIsAnAnswer) {
    BoundedPool pool(1, {1});
    EXPECT_EQ(await(pool.run(Throw(true))), result<int>(Errc::overloaded));
    EXPECT_EQ(await(pool.run(Throw(false))), result<int>(Errc::internal));
}

// A job on a clock that only jobs move.
class TakeTime {
  public:
    TakeTime(std::atomic<std::int64_t>* now, std::chrono::nanoseconds time)
        : now_(now), time_(time) {}

    result<int> operator()() {
        *now_ += time_.count();
        return 1;
    }

  private:
    std::atomic<std::int64_t>* now_;
    std::chrono::nanoseconds time_;
};

class BoundedWork : public ::testing::Test {
  protected:
    Clock clock() {
        Clock clock;
        clock.steady = [this] {
            return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(now_));
        };
        return clock;
    }

    // How many jobs are taken while nothing ends.
    static std::size_t capacity(BoundedPool& pool) {
        const auto answers = fill(pool, 40);
        return static_cast<std::size_t>(
            std::count_if(answers.begin(), answers.end(),
                          [](const result<int>& answer) { return answer.has_value(); }));
    }

    std::atomic<std::int64_t> now_ = 0;
};

TEST_F(BoundedWork, TakesAsMuchAsItCanDoInTime) {
    BoundedPool pool(2, {1000, 4s, 500ms}, clock());
    EXPECT_EQ(capacity(pool), 2U + 16U);
}

TEST_F(BoundedWork, LearnsWhatAJobTakes) {
    BoundedPool pool(1, {20, 4s}, clock());
    EXPECT_EQ(capacity(pool), 21U);  // nothing is known yet
    EXPECT_TRUE(await(pool.run(TakeTime(&now_, 1s))));
    EXPECT_EQ(pool.average(), 1s);
    for (int i = 0; i < 100; ++i)
        EXPECT_TRUE(await(pool.run(TakeTime(&now_, 2s))));
    EXPECT_GT(pool.average(), 1990ms);
    EXPECT_LE(pool.average(), 2s);
    EXPECT_EQ(capacity(pool), 1U + 2U);
}

TEST_F(BoundedWork, AFreeThreadTakesAJobOfAnyLength) {
    BoundedPool pool(2, {20, 4s, 1h}, clock());
    EXPECT_EQ(capacity(pool), 2U);
}

}  // namespace
}  // namespace roster
