#include "storage/sqlite/sqlite_backend.hpp"

#include "storage/core/user_search.hpp"
#include "storage/sqlite/read_connections.hpp"
#include "storage/sqlite/session_rows.hpp"
#include "storage/sqlite/sqlite_fault.hpp"
#include "storage/sqlite/sqlite_writer.hpp"
#include "storage/sqlite/user_rows.hpp"
#include "storage/sqlite/user_search_rows.hpp"

#include <SQLiteCpp/Exception.h>
#include <roster/log.hpp>

#include <filesystem>
#include <utility>

namespace roster::storage {
namespace {

// As many as threads of AsyncStore read.
constexpr std::size_t kReaders = 4;

// Sessions and throttle records that are over are nobody's any more. Where they cannot be dropped
// now, the next start does it.
void drop_what_is_over(Connection& connection, const OpenOptions& options) {
    try {
        Transaction transaction(connection);
        forget_expired(connection, options.now());
        transaction.commit();
    } catch (const SQLite::Exception& error) {
        if (options.log) options.log->warn("store: cannot be written: {}", text_of(error));
    }
}

class SqliteBackend final : public Backend {
  public:
    SqliteBackend(std::string url, OpenedDatabase opened, const OpenOptions& options)
        : url_(std::move(url)),
          now_(options.now),
          writer_(std::move(opened), options),
          readers_(writer_.path(), kReaders, options.log) {}

    bool reads_may_block() const override { return true; }

    result<User> find(UserId id) const override {
        return found(readers_.read([&](Connection& reader) { return find_user(reader, id); }));
    }
    result<User> find_by_email(std::string_view email) const override {
        return found(
            readers_.read([&](Connection& reader) { return find_user_by_email(reader, email); }));
    }
    result<std::vector<User>> list(UserId after, std::size_t limit) const override {
        return readers_.read([&](Connection& reader) { return list_users(reader, after, limit); });
    }

    result<UserPage> search(const UserQuery& query) override {
        result<UserPage> page = Errc::store_unavailable;
        const auto was_read = readers_.read([&](Connection& reader) {
            RowSearch rows(reader, writer_.counts(), search_terms_);
            page = search_users(query, rows);
            return true;
        });
        if (!was_read) return was_read.error();
        return page;
    }

    std::vector<result<User>> commit(std::span<const Write> batch) override {
        return writer_.commit(batch);
    }
    result<std::vector<User>> commit_all(std::span<const Write> batch) override {
        return writer_.commit_all(batch);
    }
    std::vector<result<SessionResult>> commit_access(std::span<const SessionWrite> batch) override {
        return writer_.commit_access(batch);
    }

    result<AuthState> auth_state(UserId id) const override { return writer_.auth_state(id); }
    result<std::vector<Session>> sessions_of(UserId user) const override {
        return readers_.read(
            [&](Connection& reader) { return storage::sessions_of(reader, user); });
    }
    result<std::vector<Session>> list_sessions(SessionId after, std::size_t limit) const override {
        return readers_.read(
            [&](Connection& reader) { return storage::list_sessions(reader, after, limit); });
    }
    result<std::vector<LimiterRecord>> limiter_records() const override {
        return readers_.read(
            [&](Connection& reader) { return storage::limiter_records(reader, now_()); });
    }

    StoreStatus status() const override { return writer_.status(); }
    std::string url() const override { return url_; }

  private:
    static result<User> found(result<std::optional<User>> user) {
        if (!user) return user.error();
        if (!*user) return Errc::user_not_found;
        return std::move(**user);
    }

    std::string url_;
    std::function<std::chrono::sys_seconds()> now_;
    SqliteWriter writer_;
    EmailSearchTerms search_terms_;
    // Behind the writer, so that they are gone when it closes the database.
    mutable ReadConnections readers_;
};

}  // namespace

std::unique_ptr<Backend> open_sqlite_backend(const std::string& path, OpenOptions options,
                                             std::shared_ptr<FileSystem> files) {
    OpenedDatabase opened = open_database(path, options, std::move(files));
    drop_what_is_over(*opened.writer, options);
    const std::string real = opened.path;
    try {
        return std::make_unique<SqliteBackend>(
            "sqlite:" + std::filesystem::absolute(path).lexically_normal().string(),
            std::move(opened), options);
    } catch (const SQLite::Exception& error) {
        throw startup_error(real, "read", error);
    }
}

}  // namespace roster::storage
