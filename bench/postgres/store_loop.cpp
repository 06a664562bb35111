// How many operations a second a store does that several servers may use, without a server:
//
//     store_loop URL fill USERS                 users with a session each
//     store_loop URL write|prove|find|log-in N SECONDS
//                                               N at once, each one after another
//
// Prints the number alone.

#include "bench/storage/commits.hpp"
#include "bench/storage/example_store.hpp"

#include <openssl/rand.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::bench {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kFilledAtOnce = 1000;

void throw_if_failed(std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
}

SessionDigest digest_of(UserId user) {
    SessionDigest digest{};
    for (std::size_t i = 0; i < sizeof(user); ++i)
        digest[i] = static_cast<unsigned char>(user >> (8 * i));
    return digest;
}

// A user's credentials were never changed: their revision is the user's first one, as many as there
// were users then.
asio::awaitable<bool> open_session(Store* store, UserId user, SessionDigest digest) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    Session session;
    session.user = user;
    session.digest = digest;
    session.credentials_revision = user;
    session.created_at = session.last_seen_at = now;
    session.expires_at = now + std::chrono::hours(24);
    SessionWrite write = CreateSession(std::move(session), 100);
    const auto opened = co_await store->apply_session(std::move(write));
    co_return opened.has_value();
}

asio::awaitable<void> open_first_session(Store* store, UserId user) {
    const bool is_open = co_await open_session(store, user, digest_of(user));
    if (!is_open) throw std::runtime_error("no session");
}

asio::awaitable<void> fill(Store* store, std::uint64_t users) {
    Random random;
    for (UserId id = 1; id <= users;) {
        std::vector<Write> writes;
        for (; id <= users && writes.size() < kFilledAtOnce; ++id)
            writes.emplace_back(CreateUser(email_of(id), Secret(random_hash(random)),
                                           id == 1 ? Role::admin : Role::user));
        const auto made = co_await store->apply_all(std::move(writes));
        if (!made) throw std::runtime_error("no users: " + made.error().message());
        auto executor = co_await asio::this_coro::executor;
        for (const User& user : *made)
            asio::co_spawn(executor, open_first_session(store, user.id), throw_if_failed);
    }
}

asio::awaitable<bool> prove_one(Store* store, UserId user) {
    const auto proven = co_await store->prove(digest_of(user));
    co_return proven && !proven->is_ended;
}

asio::awaitable<bool> find_one(Store* store, UserId user) {
    const auto found = co_await store->find(user);
    co_return found.has_value();
}

asio::awaitable<bool> log_in_one(Store* store, UserId user) {
    SessionDigest digest;
    RAND_bytes(digest.data(), static_cast<int>(digest.size()));
    const bool is_open = co_await open_session(store, user, digest);
    co_return is_open;
}

using Operation = asio::awaitable<bool> (*)(Store*, UserId);

asio::awaitable<void> repeat_until(Store* store, std::uint64_t users, Operation operation,
                                   Random::result_type seed, Clock::time_point end,
                                   std::size_t* count) {
    Random random(seed);
    while (Clock::now() < end) {
        const bool is_done = co_await operation(store, random_user(random, users));
        if (!is_done) throw std::runtime_error("an operation failed");
        ++*count;
    }
}

double operations_per_second(Store& store, std::uint64_t users, Operation operation,
                             std::size_t at_once, Clock::duration time) {
    asio::io_context context(1);
    std::size_t count = 0;
    auto seed = static_cast<Random::result_type>(Clock::now().time_since_epoch().count());
    const auto begin = Clock::now();
    for (std::size_t i = 0; i < at_once; ++i)
        asio::co_spawn(context,
                       repeat_until(&store, users, operation, seed++, begin + time, &count),
                       throw_if_failed);
    context.run();
    return static_cast<double>(count) * 1000 / to_ms(Clock::now() - begin);
}

void run(const std::vector<std::string>& arguments) {
    const auto store = open_store(arguments.at(0), OpenOptions());
    const std::string& what = arguments.at(1);
    const std::size_t number = std::stoul(arguments.at(2));
    if (what == "fill") {
        asio::io_context context(1);
        asio::co_spawn(context, fill(store.get(), number), throw_if_failed);
        context.run();
        return;
    }
    const std::uint64_t users = store->status().users;
    const std::chrono::seconds time(std::stoul(arguments.at(3)));
    const Operation operation = what == "prove"    ? prove_one
                                : what == "log-in" ? log_in_one
                                                   : find_one;
    const double rate = what == "write"
                            ? commit_for(*store, users, number, time).per_second
                            : operations_per_second(*store, users, operation, number, time);
    std::printf("%.1f\n", rate);
}

}  // namespace
}  // namespace roster::bench

int main(int count, char** arguments) {
    try {
        roster::bench::run({arguments + 1, arguments + count});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "store_loop: %s\n", error.what());
        return 1;
    }
    return 0;
}
