#pragma once

// A SQLite store in a directory of its own, and what other programs do to it.

#include "storage/drivers.hpp"
#include "unit/storage/support.hpp"

#include <SQLiteCpp/Database.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

namespace roster::storage::testing {

namespace fs = std::filesystem;

class SqliteTest : public ::testing::Test {
  protected:
    std::unique_ptr<Store> open(const fs::path& path) {
        return open_store("sqlite:" + path.string(), test_options());
    }
    std::unique_ptr<Store> open() { return open(path_); }
    std::string url() const { return "sqlite:" + path_.string(); }

    // "0@a.com", "1@a.com" …, the first an administrator.
    void add_users(int count) { add_users(count, path_); }
    void add_users(int count, const fs::path& path) {
        const auto store = open(path);
        for (int i = 0; i < count; ++i) {
            const Role role = i == 0 ? Role::admin : Role::user;
            ASSERT_TRUE(run(store->apply(create(std::to_string(i) + "@a.com", role))));
        }
    }

    std::string refusal(Errc expected) { return refusal(expected, path_); }
    std::string refusal(Errc expected, const fs::path& path) {
        try {
            open(path);
        } catch (const StartupError& error) {
            EXPECT_EQ(error.code(), expected) << error.what();
            return error.what();
        }
        ADD_FAILURE() << "it opened";
        return {};
    }

    void execute(const std::string& sql) {
        SQLite::Database(path_.string(), SQLite::OPEN_READWRITE).exec(sql);
    }

    // A database as a killed server leaves it.
    void leave_unclosed(int users) {
        const fs::path served = directory_ / "served.db";
        add_users(1, served);
        const auto store = open(served);
        for (int i = 1; i < users; ++i)
            ASSERT_TRUE(run(store->apply(create(std::to_string(i) + "@a.com"))));
        for (const char* end : {"", "-wal"})
            fs::copy_file(served.string() + end, path_.string() + end);
    }

    std::set<std::string> files() const {
        std::set<std::string> names;
        for (const auto& file : fs::directory_iterator(directory_.path()))
            names.insert(file.path().filename().string());
        return names;
    }

    static Session session_of(UserId user) {
        Session session;
        session.user = user;
        session.created_at = session.last_seen_at = some_time();
        session.expires_at = some_time() + std::chrono::hours(1);
        return session;
    }

    static unsigned mode_of(const fs::path& path) {
        struct stat status {};
        EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
        return status.st_mode & 07777;
    }

    TemporaryDirectory directory_;
    fs::path path_ = directory_ / "roster.db";
};

}  // namespace roster::storage::testing
