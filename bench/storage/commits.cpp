#include "bench/storage/commits.hpp"

#include "bench/storage/example_store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace roster::bench {
namespace {

namespace asio = boost::asio;

void rethrow(std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
}

Write change_of_password(std::uint64_t users, Random& random) {
    UpdateUser change(random_user(random, users));
    change.password_hash.emplace(random_hash(random));
    return change;
}

asio::awaitable<void> write_one_after_another(Store* store, std::uint64_t users,
                                              Random::result_type seed,
                                              const std::function<bool()>* is_over,
                                              Timings* timings) {
    Random random(seed);
    do {
        Write write = change_of_password(users, random);
        const auto begin = Clock::now();
        const result<User> answer = co_await store->apply(std::move(write));
        if (!answer) throw std::runtime_error("a commit failed: " + answer.error().message());
        timings->each_ms.push_back(to_ms(Clock::now() - begin));
    } while (!(*is_over)());
}

asio::awaitable<void> keep_answer(asio::awaitable<result<User>> operation,
                                  std::optional<result<User>>* answer) {
    *answer = co_await std::move(operation);
}

double per_second(const Timings& timings, Clock::time_point begin) {
    return static_cast<double>(timings.each_ms.size()) * 1000 / to_ms(Clock::now() - begin);
}

}  // namespace

double to_ms(Clock::duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

Timings commit_until(Store& store, std::uint64_t users, std::size_t writers,
                     std::function<bool()> is_over) {
    Timings timings;
    asio::io_context context(1);
    // Different users every time it is called.
    auto seed = static_cast<Random::result_type>(Clock::now().time_since_epoch().count());
    const auto begin = Clock::now();
    for (std::size_t i = 0; i < writers; ++i)
        asio::co_spawn(context, write_one_after_another(&store, users, seed++, &is_over, &timings),
                       rethrow);
    context.run();
    timings.per_second = per_second(timings, begin);
    return timings;
}

Timings commit_for(Store& store, std::uint64_t users, std::size_t writers, Clock::duration time) {
    const auto end = Clock::now() + time;
    return commit_until(store, users, writers, [end] { return Clock::now() >= end; });
}

PlainLoop::PlainLoop(const std::string& path)
    : fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), path);
}

PlainLoop::~PlainLoop() {
    close(fd_);
}

Timings PlainLoop::run_for(Clock::duration time) {
    Timings timings;
    const std::string record(kRecordBytes, 'x');
    const auto begin = Clock::now();
    auto last = begin;
    while (last < begin + time) {
        if (::write(fd_, record.data(), record.size()) != static_cast<ssize_t>(record.size()) ||
            fdatasync(fd_) != 0)
            throw std::system_error(errno, std::generic_category(), "append and fdatasync");
        const auto now = Clock::now();
        timings.each_ms.push_back(to_ms(now - last));
        last = now;
    }
    timings.per_second = per_second(timings, begin);
    return timings;
}

result<User> await(asio::awaitable<result<User>> operation) {
    asio::io_context context(1);
    std::optional<result<User>> answer;
    asio::co_spawn(context, keep_answer(std::move(operation), &answer), rethrow);
    context.run();
    return std::move(answer).value();
}

}  // namespace roster::bench
