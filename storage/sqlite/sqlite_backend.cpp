#include "storage/sqlite/sqlite_store.hpp"

#include "storage/sqlite/database_inspector.hpp"
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

// What `read` returns. Errors: `store_unavailable`; the log has the reason.
template <class T, class Read>
result<T> read_or_log(Log* log, Read read) {
    std::string why;
    try {
        return read();
    } catch (const SQLite::Exception& error) {
        why = text_of(error);
    } catch (const std::exception& error) {
        why = error.what();
    }
    if (log != nullptr) log->error("store: cannot be read: {}", why);
    return Errc::store_unavailable;
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
    result<T> read(Read read) {
        const Lease lease(*this);
        return read_or_log<T>(log_.get(), [&] { return read(*lease.connection); });
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

    std::shared_ptr<Log> log_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> free_;
};

// The connection of a view: read-only, without the store's lock.
class SharedConnection {
  public:
    SharedConnection(std::shared_ptr<FileSystem> files, std::string path, std::shared_ptr<Log> log)
        : files_(std::move(files)),
          path_(std::move(path)),
          log_(std::move(log)),
          inspector_(inspect_shared(*files_, path_)) {
        if (!inspector_) throw StartupError(Errc::store_unavailable, path_ + ": does not exist");
    }

    template <class T, class Read>
    result<T> read(Read read) {
        const std::lock_guard lock(mutex_);
        return read_or_log<T>(log_.get(), [&]() -> result<T> {
            auto answer = read(inspector_->connection());
            if (!inspector_->was_disturbed()) return answer;
            inspector_ = inspect_shared(*files_, path_);
            if (!inspector_) return Errc::store_unavailable;
            return read(inspector_->connection());
        });
    }

  private:
    std::shared_ptr<FileSystem> files_;
    std::string path_;
    std::shared_ptr<Log> log_;
    std::mutex mutex_;
    std::unique_ptr<DatabaseInspector> inspector_;
};

result<User> found(std::optional<User> user) {
    if (!user) return Errc::user_not_found;
    return std::move(*user);
}

// The reads of `Base`, each on a connection from `Source`.
template <class Base, class Source>
class SqliteReads : public Base {
  public:
    SqliteReads(const std::string& path, const OpenOptions& options)
        : url_("sqlite:" + std::filesystem::absolute(path).lexically_normal().string()),
          now_(options.now) {}

    result<User> find(UserId id) const override {
        return read<User>([&](Connection& from) { return found(find_user(from, id)); });
    }
    result<User> find_by_email(std::string_view email) const override {
        return read<User>([&](Connection& from) { return found(find_user_by_email(from, email)); });
    }
    result<std::vector<User>> list(UserId after, std::size_t limit) const override {
        return read<std::vector<User>>(
            [&](Connection& from) { return list_users(from, after, limit); });
    }
    result<UserPage> search(const UserQuery& query) const override {
        return read<UserPage>([&](Connection& from) { return search_users(from, query); });
    }
    result<std::vector<Session>> sessions_of(UserId user) const override {
        return read<std::vector<Session>>(
            [&](Connection& from) { return storage::sessions_of(from, user); });
    }
    result<std::vector<Session>> list_sessions(SessionId after, std::size_t limit) const override {
        return read<std::vector<Session>>(
            [&](Connection& from) { return storage::list_sessions(from, after, limit); });
    }
    result<std::vector<LimiterRecord>> limiter_records() const override {
        return read<std::vector<LimiterRecord>>(
            [&](Connection& from) { return storage::limiter_records(from, now_()); });
    }
    std::string url() const override { return url_; }

  protected:
    template <class T, class Read>
    result<T> read(Read read) const {
        return source_->template read<T>(read);
    }

    std::unique_ptr<Source> source_;

  private:
    std::string url_;
    std::function<std::chrono::sys_seconds()> now_;
};

class SqliteBackend final : public SqliteReads<Backend, ReadConnections> {
  public:
    SqliteBackend(const std::string& path, OpenedDatabase opened, const OpenOptions& options)
        : SqliteReads(path, options), writer_(std::move(opened), options) {
        source_ = std::make_unique<ReadConnections>(writer_.path(), kReaders, options.log);
    }
    // Readers are closed before the writer closes the database.
    ~SqliteBackend() override { source_.reset(); }

    bool reads_may_block() const override { return true; }

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

  private:
    SqliteWriter writer_;
};

class SqliteView final : public SqliteReads<StoreView, SharedConnection> {
  public:
    SqliteView(const std::string& path, const OpenOptions& options,
               std::shared_ptr<FileSystem> files)
        : SqliteReads(path, options) {
        const std::string real = real_path_of(*files, path);
        source_ = std::make_unique<SharedConnection>(std::move(files), real, options.log);
    }

    StoreStatus status() const override {
        const auto status = read<StoreStatus>([](Connection& from) { return read_status(from); });
        return status ? *status : StoreStatus();
    }
};

}  // namespace

std::unique_ptr<Backend> open_sqlite_backend(const std::string& path, OpenOptions options,
                                             std::shared_ptr<FileSystem> files) {
    OpenedDatabase opened = open_database(path, options, std::move(files));
    drop_expired(*opened.writer, options);
    const std::string real = opened.path;
    return translate_startup_errors(real, "read", [&] {
        return std::make_unique<SqliteBackend>(path, std::move(opened), options);
    });
}

std::unique_ptr<StoreView> open_sqlite_view(const std::string& path, const OpenOptions& options,
                                            std::shared_ptr<FileSystem> files) {
    return std::make_unique<SqliteView>(path, options, std::move(files));
}

}  // namespace roster::storage
