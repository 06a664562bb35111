#include "bench/storage/reader.hpp"

#include "bench/storage/commits.hpp"
#include "bench/storage/example_store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string_view>

namespace roster::bench {
namespace {

namespace asio = boost::asio;

// How long the calling thread has waited for a core so far; the kernel counts it.
class CoreWait {
  public:
    CoreWait() : fd_(open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)) {}
    CoreWait(const CoreWait&) = delete;
    CoreWait& operator=(const CoreWait&) = delete;
    ~CoreWait() {
        if (fd_ >= 0) close(fd_);
    }

    // 0 where the kernel does not count.
    std::chrono::nanoseconds so_far() const {
        std::array<char, 96> buffer{};
        const ssize_t size_bytes = pread(fd_, buffer.data(), buffer.size(), 0);
        if (size_bytes <= 0) return {};
        const std::string_view text(buffer.data(), static_cast<std::size_t>(size_bytes));
        const std::size_t space = text.find(' ');
        if (space == text.npos) return {};
        std::int64_t ns = 0;
        std::from_chars(text.data() + space + 1, text.data() + text.size(), ns);
        return std::chrono::nanoseconds(ns);
    }

  private:
    int fd_;
};

class PauseWatch {
  public:
    explicit PauseWatch(LongestPause& longest) : longest_(longest) {}

    void read_was_answered() {
        const auto now = Clock::now();
        const auto waited = wait_.so_far();
        longest_.all_ms = std::max(longest_.all_ms, to_ms(now - last_));
        longest_.own_ms =
            std::max(longest_.own_ms, to_ms(now - last_) - to_ms(waited - last_waited_));
        last_ = now;
        last_waited_ = waited;
    }

  private:
    LongestPause& longest_;
    CoreWait wait_;
    Clock::time_point last_ = Clock::now();
    std::chrono::nanoseconds last_waited_ = wait_.so_far();
};

void check(const result<User>& found) {
    if (!found) throw std::runtime_error("a read failed: " + found.error().message());
}

// Tells `answered` of every read, until that says false.
asio::awaitable<void> read_while(Store* store, std::uint64_t users, Random::result_type seed,
                                 const std::function<bool()>* answered) {
    Random random(seed);
    while (true) {
        const UserId id = random_user(random, users);
        const result<User> by_id = co_await store->find(id);
        check(by_id);
        if (!(*answered)()) co_return;
        std::string email = email_of(random_user(random, users));
        const result<User> by_email = co_await store->find_by_login(std::move(email));
        check(by_email);
        if (!(*answered)()) co_return;
    }
}

void rethrow_read(std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
}

}  // namespace

Reader::Reader(Store& store, std::uint64_t users)
    : store_(store), users_(users), thread_([this] { read(); }) {}

Reader::~Reader() {
    if (thread_.joinable()) stop();
}

LongestPause Reader::stop() {
    stopping_ = true;
    thread_.join();
    return longest_;
}

void Reader::read() {
    PauseWatch watch(longest_);
    const std::function<bool()> answered = [&] {
        watch.read_was_answered();
        return !stopping_;
    };
    asio::io_context context(1);
    asio::co_spawn(context, read_while(&store_, users_, 7, &answered), rethrow_read);
    context.run();
}

double reads_per_second(Store& store, std::uint64_t users, std::size_t askers,
                        Clock::duration time) {
    std::uint64_t reads = 0;
    const auto begin = Clock::now();
    const std::function<bool()> answered = [&] {
        ++reads;
        return Clock::now() < begin + time;
    };
    asio::io_context context(1);
    for (std::size_t i = 0; i < askers; ++i)
        asio::co_spawn(
            context, read_while(&store, users, static_cast<Random::result_type>(i + 1), &answered),
            rethrow_read);
    context.run();
    return static_cast<double>(reads) * 1000 / to_ms(Clock::now() - begin);
}

}  // namespace roster::bench
