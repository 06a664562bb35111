#pragma once

// What the tests of the stores share.

#include <roster/store.hpp>

#ifdef ROSTER_WITH_POSTGRES
#include "support/postgres_database.hpp"
#endif

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::storage::testing {

inline constexpr const char* kUsersFile = "/d/users.json";

// What argon2id gives, at its length, of nothing in particular.
inline Secret some_hash(char fill = 'A') {
    return Secret("$argon2id$v=19$m=19456,t=2,p=1$" + std::string(22, fill) + "$" +
                  std::string(43, fill));
}

inline std::chrono::sys_seconds some_time() {
    return std::chrono::sys_days{std::chrono::November / 22 / 2026} + std::chrono::hours(9);
}

inline OpenOptions test_options() {
    OpenOptions options;
    options.hash_password = [](const Secret&) -> result<Secret> { return some_hash('H'); };
    options.now = some_time;
    return options;
}

// Runs a coroutine on this thread to its end.
template <class T>
T run(boost::asio::awaitable<T> work) {
    boost::asio::io_context context;
    std::optional<T> outcome;
    boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr failure, T value) {
        if (failure) std::rethrow_exception(failure);
        outcome.emplace(std::move(value));
    });
    context.run();
    return std::move(*outcome);
}

inline Write create(std::string email, Role role = Role::user) {
    return CreateUser(std::move(email), some_hash(), role);
}

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

inline void write_text(const std::filesystem::path& path, std::string_view text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
}

// A directory of a test's own, removed behind it.
class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string pattern = ::testing::TempDir() + "roster-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no directory");
        path_ = pattern;
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

    const std::filesystem::path& path() const noexcept { return path_; }
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

// The kinds of stores that this build has, as in their URLs.
inline std::vector<std::string> backends() {
    std::vector<std::string> kinds{"memory", "json"};
#ifdef ROSTER_WITH_SQLITE
    kinds.emplace_back("sqlite");
#endif
#ifdef ROSTER_WITH_POSTGRES
    if (roster::testing::has_postgres()) kinds.emplace_back("postgres");
#endif
    return kinds;
}

// A store of a kind that does not exist yet; in the directory if it has files.
inline std::string new_store_url(const std::string& kind, const std::filesystem::path& path) {
    if (kind == "memory") return "memory:";
#ifdef ROSTER_WITH_POSTGRES
    if (kind == "postgres") return roster::testing::new_postgres_store();
#endif
    return kind + ":" + path.string();
}

// The original's file: eight users, plain passwords, no roles.
inline std::string old_book() {
    std::string text = "{\n\t\"users\": [\n";
    for (const char c : std::string_view("abcdefgh")) {
        const std::string name(1, c);
        text += "\t\t{\n\t\t\t\"id\": " + std::to_string(c - 'a' + 1) + ",\n\t\t\t\"email\": \"" +
                name + "@" + name + ".com\",\n\t\t\t\"password\": \"" + name + name + name +
                "\"\n\t\t}" + (c == 'h' ? "\n" : ",\n");
    }
    return text + "\t]\n}\n";
}

}  // namespace roster::storage::testing
