// A commit: BEGIN IMMEDIATE; each write of the batch is decided against what the transaction sees,
// by the rules that all stores share, and put behind a savepoint; COMMIT syncs the log once; then
// the memory follows. A sync that fails is final: nobody knows what the disk holds, and a second
// sync would prove nothing. Every other failure undoes the batch, and the next one is tried again;
// until it comes, a thread tries to write nothing once a second, so that the store is known to be
// writable again before somebody needs it.

#include "storage/sqlite/open_database.hpp"
#include "storage/sqlite/sqlite_reads.hpp"
#include "storage/sqlite/sqlite_store.hpp"
#include "storage/sqlite/write_transaction.hpp"

#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <new>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace roster::storage {
namespace {

// As many as AsyncStore has threads that read.
constexpr std::size_t kReaders = 4;

// Four MiB of write-ahead log: that much is copied into the database at a time.
constexpr std::size_t kCheckpointFrames = 1000;

constexpr std::chrono::seconds kTryAgainEvery{1};

int count_frames(void* frames, sqlite3*, const char*, int in_log) noexcept {
    *static_cast<std::size_t*>(frames) = static_cast<std::size_t>(in_log);
    return SQLITE_OK;
}

// If it fails, the next start does it.
void drop_expired(Connection& connection, std::chrono::sys_seconds now, Log& log) {
    try {
        SQLite::Transaction transaction(connection, SQLite::TransactionBehavior::IMMEDIATE);
        erase_expired(connection, now);
        transaction.commit();
    } catch (const SQLite::Exception& error) {
        log.warn("store: cannot be written: {}", text_of(error));
    }
}

// Connections that read, each used by one thread at a time. There are as many as threads that read,
// so that one of them is free.
class ReadConnections {
  public:
    // Opens all of them at once: later there may be no file descriptor, or no disk.
    ReadConnections(const std::string& path, std::shared_ptr<Log> log) : log_(std::move(log)) {
        for (std::size_t i = 0; i < kReaders; ++i) {
            Reader& reader = readers_.emplace_back(path);
            // SQLite opens the files beside the database at the first read.
            (void)reader.connection.number("SELECT count(*) FROM meta");
        }
    }

    template <class T, class Read>
    result<T> read(Read read) {
        std::unique_lock<std::mutex> lock;
        Connection& connection = lock_one(lock);
        return read_or_log<T>(*log_, [&] { return read(connection); });
    }

  private:
    struct Reader {
        explicit Reader(const std::string& path) : connection(path, Connection::Mode::read) {}

        std::mutex mutex;
        Connection connection;
    };

    Connection& lock_one(std::unique_lock<std::mutex>& lock) {
        for (Reader& reader : readers_) {
            lock = std::unique_lock(reader.mutex, std::try_to_lock);
            if (lock) return reader.connection;
        }
        lock = std::unique_lock(readers_.front().mutex);
        return readers_.front().connection;
    }

    std::shared_ptr<Log> log_;
    std::list<Reader> readers_;
};

class SqliteBackend final : public SqliteReads<Backend, ReadConnections> {
  public:
    // Throws: `StartupError`.
    SqliteBackend(const std::string& path, OpenedDatabase opened, const OpenOptions& options);
    // Readers are closed before the writer closes the database.
    ~SqliteBackend() override {
        trying_again_.request_stop();
        trying_again_.join();
        source_.reset();
        close();
    }

    bool reads_may_block() const override { return true; }
    std::vector<result<User>> commit(std::span<const Write> batch) override {
        return commit_each<User>(batch);
    }
    result<std::vector<User>> commit_all(std::span<const Write> batch) override;
    std::vector<result<SessionResult>> commit_sessions(
        std::span<const SessionWrite> batch) override {
        return commit_each<SessionResult>(batch);
    }
    result<AuthState> auth_state(UserId id) const override;
    StoreStatus status() const override;

  private:
    void load();
    template <class Answer, class Batch>
    std::vector<result<Answer>> commit_each(const Batch& batch);
    // Runs `put` in a transaction; false from it undoes all. False if the transaction failed.
    // Requires: `writing_` is locked.
    bool write(const std::function<bool(WriteTransaction&)>& put);
    void try_again(const std::stop_token& stop);
    void publish(const WriteTransaction& transaction);
    void fail(const std::exception& error);
    void give_up(const std::string& why);
    void set_problem(std::string why);
    void checkpoint_if_due();
    void close();

    OpenedDatabase opened_;
    Connection& connection_;
    std::function<std::chrono::sys_seconds()> now_;
    std::shared_ptr<Log> log_;
    AuthStateCache auth_states_;

    std::mutex writing_;
    // Guarded by writing_.
    bool is_marked_open_ = false;
    bool has_given_up_ = false;
    bool is_refusing_ = false;
    std::size_t next_checkpoint_frames_ = kCheckpointFrames;
    // Frames in the log; SQLite tells at every commit.
    std::size_t frames_ = 0;

    mutable std::mutex totals_mutex_;
    WrittenTotals totals_;
    // Of `StoreStatus`.
    std::string problem_;

    // Wakes when `is_refusing_` is set.
    std::condition_variable_any refused_;
    std::jthread trying_again_;
};

SqliteBackend::SqliteBackend(const std::string& path, OpenedDatabase opened,
                             const OpenOptions& options)
    : SqliteReads(path, options),
      opened_(std::move(opened)),
      connection_(*opened_.writer),
      now_(options.now),
      log_(log_or_silent(options.log)) {
    drop_expired(connection_, now_(), *log_);
    load();
    sqlite3_wal_hook(connection_.getHandle(), count_frames, &frames_);
    source_ = std::make_unique<ReadConnections>(opened_.path, log_);
    trying_again_ = std::jthread([this](const std::stop_token& stop) { try_again(stop); });
}

void SqliteBackend::load() {
    static_cast<StoreTotals&>(totals_) = read_totals(connection_);
    // What is counted on from there could not be read again.
    const std::string problem = problem_of(totals_);
    if (!problem.empty()) throw std::runtime_error(problem);
    is_marked_open_ = read_meta(connection_, "clean_stop") == 0;
    UserId last = 0;
    read_auth_states(connection_, [&](UserId id, const AuthState& auth_state) {
        auth_states_.put(id, auth_state);
        if (auth_state.role == Role::admin && !auth_state.disabled) ++totals_.admins;
        last = id;
    });
    if (last >= totals_.next_user_id)
        throw std::runtime_error("user " + std::to_string(last) +
                                 " has an id that was not assigned yet");
}

// If the batch failed, only what was refused by the rules keeps its answer.
template <class Answer, class Batch>
std::vector<result<Answer>> SqliteBackend::commit_each(const Batch& batch) {
    std::vector<result<Answer>> answers;
    answers.reserve(batch.size());
    const std::lock_guard lock(writing_);
    const bool is_durable = write([&](WriteTransaction& transaction) {
        for (const auto& one : batch)
            answers.push_back(transaction.apply(one));
        return true;
    });
    if (is_durable) return answers;
    for (auto& answer : answers)
        if (answer) answer = Errc::store_unavailable;
    answers.resize(batch.size(), result<Answer>(Errc::store_unavailable));
    return answers;
}

result<std::vector<User>> SqliteBackend::commit_all(std::span<const Write> batch) {
    std::vector<User> users;
    boost::system::error_code refusal;
    const std::lock_guard lock(writing_);
    const bool is_durable = write([&](WriteTransaction& transaction) {
        for (const Write& one : batch) {
            auto answer = transaction.apply(one);
            if (!answer) {
                refusal = answer.error();
                return false;
            }
            users.push_back(std::move(*answer));
        }
        return true;
    });
    if (refusal) return refusal;
    if (!is_durable) return Errc::store_unavailable;
    return users;
}

bool SqliteBackend::write(const std::function<bool(WriteTransaction&)>& put) {
    if (has_given_up_) return false;
    WriteTransaction work(connection_, totals_, auth_states_, now_(), *log_);
    try {
        SQLite::Transaction transaction(connection_, SQLite::TransactionBehavior::IMMEDIATE);
        const bool is_wanted = put(work) && (work.has_changed() || is_refusing_);
        if (!is_wanted) return true;
        write_totals(connection_, totals_, work.new_totals());
        // The trial of a disk that was full: SQLite leaves out a write that changes nothing.
        if (!work.has_changed()) write_meta(connection_, "clean_stop", 1);
        if (!is_marked_open_ || !work.has_changed()) write_meta(connection_, "clean_stop", 0);
        transaction.commit();
    } catch (const std::exception& error) {
        fail(error);
        return false;
    }
    is_marked_open_ = true;
    publish(work);
    if (std::exchange(is_refusing_, false)) {
        log_->info("{}: can be written again", opened_.path);
        set_problem("");
    }
    checkpoint_if_due();
    return true;
}

void SqliteBackend::try_again(const std::stop_token& stop) {
    std::unique_lock lock(writing_);
    while (refused_.wait(lock, stop, [this] { return is_refusing_; })) {
        (void)refused_.wait_for(lock, stop, kTryAgainEvery, [] { return false; });
        if (stop.stop_requested() || has_given_up_) return;
        if (is_refusing_) (void)write([](WriteTransaction&) { return true; });
    }
}

void SqliteBackend::publish(const WriteTransaction& transaction) {
    for (const auto& [id, auth_state] : transaction.auth_states()) {
        if (auth_state)
            auth_states_.put(id, *auth_state);
        else
            auth_states_.erase(id);
    }
    const std::lock_guard lock(totals_mutex_);
    totals_ = transaction.new_totals();
}

// The transaction was rolled back. Want of memory passes, whether SQLite or roster meets it.
void SqliteBackend::fail(const std::exception& error) {
    const auto* from_sqlite = dynamic_cast<const SQLite::Exception*>(&error);
    const bool is_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
    const std::string why = from_sqlite != nullptr ? text_of(*from_sqlite) : error.what();
    if (from_sqlite == nullptr && !is_memory) return give_up(why);
    const SqliteFault fault = is_memory ? SqliteFault::transient : fault_of(*from_sqlite);
    if (fault == SqliteFault::sync_failed || fault == SqliteFault::corrupt) return give_up(why);
    if (!std::exchange(is_refusing_, true)) {
        refused_.notify_one();
        set_problem(why + "; writes are tried again");
        log_->error("{}: cannot be written: {}; writes are refused until it can", opened_.path,
                    why);
    }
}

void SqliteBackend::give_up(const std::string& why) {
    has_given_up_ = true;
    set_problem(why + "; writes are refused until the server is started again");
    log_->error("{}: {}; writes are refused until a restart", opened_.path, why);
}

void SqliteBackend::set_problem(std::string why) {
    const std::lock_guard lock(totals_mutex_);
    problem_ = std::move(why);
}

// What was acknowledged is durable in the log: a checkpoint that fails loses nothing, and the next
// one copies the same pages again.
void SqliteBackend::checkpoint_if_due() {
    if (frames_ < kCheckpointFrames) next_checkpoint_frames_ = kCheckpointFrames;
    if (frames_ < next_checkpoint_frames_) return;
    next_checkpoint_frames_ = frames_ + kCheckpointFrames;
    try {
        (void)connection_.query("PRAGMA wal_checkpoint(PASSIVE)").step();
    } catch (const SQLite::Exception& error) {
        if (fault_of(error) != SqliteFault::transient) return give_up(text_of(error));
        log_->warn("{}: the write-ahead log cannot be copied into it now: {}", opened_.path,
                   text_of(error));
    }
}

void SqliteBackend::close() {
    const std::lock_guard lock(writing_);
    if (has_given_up_) {
        // The next start decides what the files hold.
        (void)sqlite3_db_config(connection_.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                                nullptr);
        return;
    }
    if (!is_marked_open_) return;
    try {
        SQLite::Transaction transaction(connection_, SQLite::TransactionBehavior::IMMEDIATE);
        write_meta(connection_, "clean_stop", 1);
        transaction.commit();
    } catch (const std::exception& error) {
        log_->warn("{}: could not be closed properly: {}; the next start checks it", opened_.path,
                   error.what());
    }
}

result<AuthState> SqliteBackend::auth_state(UserId id) const {
    const auto auth_state = auth_states_.find(id);
    if (!auth_state) return Errc::user_not_found;
    return *auth_state;
}

StoreStatus SqliteBackend::status() const {
    const std::lock_guard lock(totals_mutex_);
    StoreStatus status = status_of(totals_, totals_.admins);
    status.problem = problem_;
    status.writable = problem_.empty();
    return status;
}

}  // namespace

std::unique_ptr<Backend> open_sqlite_backend(const std::string& path, OpenOptions options,
                                             std::shared_ptr<FileSystem> files) {
    OpenedDatabase opened = open_database(path, options, std::move(files));
    const std::string real = opened.path;
    return translate_startup_errors(real, "read", [&] {
        return std::make_unique<SqliteBackend>(path, std::move(opened), options);
    });
}

}  // namespace roster::storage
