#include "storage/sqlite/sqlite_backend.hpp"

#include "storage/sqlite/open_database.hpp"
#include "storage/sqlite/session_rows.hpp"
#include "storage/sqlite/sqlite_errors.hpp"
#include "storage/sqlite/sqlite_writer.hpp"
#include "storage/sqlite/user_rows.hpp"

#include <SQLiteCpp/Transaction.h>
#include <roster/log.hpp>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

// As many as AsyncStore has threads that read.
constexpr std::size_t kReaders = 4;

std::string url_of(const std::string& path) {
    return "sqlite:" + std::filesystem::absolute(path).lexically_normal().string();
}

// If it fails, the next start does it.
void drop_expired(Connection& connection, const OpenOptions& options) {
    try {
        SQLite::Transaction transaction(connection, SQLite::TransactionBehavior::IMMEDIATE);
        erase_expired(connection, options.now());
        transaction.commit();
    } catch (const SQLite::Exception& error) {
        if (options.log) options.log->warn("store: cannot be written: {}", text_of(error));
    }
}

// A pool of connections that read, each used by one thread at a time; a thread waits while all are
// in use.
class ReadConnections {
  public:
    // Opens all of them at once: later there may be no file descriptor, or no disk.
    ReadConnections(const std::string& path, std::size_t connections, std::shared_ptr<Log> log)
        : log_(std::move(log)) {
        free_.reserve(connections);
        for (std::size_t i = 0; i < connections; ++i) {
            free_.push_back(std::make_unique<Connection>(path, Connection::Mode::read));
            // SQLite opens the files beside the database at the first read.
            (void)free_.back()->number("SELECT count(*) FROM meta");
        }
    }

    template <class T, class Read>
    result<T> read(Read read_from) {
        const Lease lease(*this);
        try {
            return read_from(*lease.connection);
        } catch (const SQLite::Exception& error) {
            log_failure(text_of(error));
        } catch (const std::exception& error) {
            log_failure(error.what());
        }
        return Errc::store_unavailable;
    }

  private:
    struct Lease {
        explicit Lease(ReadConnections& from) : pool(from) {
            std::unique_lock lock(pool.mutex_);
            pool.returned_.wait(lock, [this] { return !pool.free_.empty(); });
            connection = std::move(pool.free_.back());
            pool.free_.pop_back();
        }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        ~Lease() {
            {
                const std::lock_guard lock(pool.mutex_);
                // Cannot throw: the capacity was reserved.
                pool.free_.push_back(std::move(connection));
            }
            pool.returned_.notify_one();
        }

        ReadConnections& pool;
        std::unique_ptr<Connection> connection;
    };

    void log_failure(const std::string& why) const {
        if (log_) log_->error("store: cannot be read: {}", why);
    }

    std::shared_ptr<Log> log_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> free_;
};

result<User> found(std::optional<User> user) {
    if (!user) return Errc::user_not_found;
    return std::move(*user);
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
        return readers_.read<User>(
            [&](Connection& reader) { return found(find_user(reader, id)); });
    }
    result<User> find_by_email(std::string_view email) const override {
        return readers_.read<User>(
            [&](Connection& reader) { return found(find_user_by_email(reader, email)); });
    }
    result<std::vector<User>> list(UserId after, std::size_t limit) const override {
        return readers_.read<std::vector<User>>(
            [&](Connection& reader) { return list_users(reader, after, limit); });
    }
    result<UserPage> search(const UserQuery& query) const override {
        return readers_.read<UserPage>(
            [&](Connection& reader) { return search_users(reader, query); });
    }
    result<std::vector<Session>> sessions_of(UserId user) const override {
        return readers_.read<std::vector<Session>>(
            [&](Connection& reader) { return storage::sessions_of(reader, user); });
    }
    result<std::vector<Session>> list_sessions(SessionId after, std::size_t limit) const override {
        return readers_.read<std::vector<Session>>(
            [&](Connection& reader) { return storage::list_sessions(reader, after, limit); });
    }
    result<std::vector<LimiterRecord>> limiter_records() const override {
        return readers_.read<std::vector<LimiterRecord>>(
            [&](Connection& reader) { return storage::limiter_records(reader, now_()); });
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
    StoreStatus status() const override { return writer_.status(); }
    std::string url() const override { return url_; }

  private:
    std::string url_;
    std::function<std::chrono::sys_seconds()> now_;
    SqliteWriter writer_;
    // After the writer, so that they are closed before it closes the database.
    mutable ReadConnections readers_;
};

}  // namespace

std::unique_ptr<Backend> open_sqlite_backend(const std::string& path, OpenOptions options,
                                             std::shared_ptr<FileSystem> files) {
    OpenedDatabase opened = open_database(path, options, std::move(files));
    drop_expired(*opened.writer, options);
    const std::string real = opened.path;
    return translate_startup_errors(real, "read", [&] {
        return std::make_unique<SqliteBackend>(url_of(path), std::move(opened), options);
    });
}

}  // namespace roster::storage
