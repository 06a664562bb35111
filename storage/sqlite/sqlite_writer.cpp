// A commit: BEGIN IMMEDIATE; each write of the batch is decided against what the transaction sees,
// by the rules that all stores share, and put behind a savepoint; COMMIT syncs the log once; then
// the memory follows. A sync that fails is final: nobody knows what the disk holds, and a second
// sync would prove nothing. Every other failure undoes the batch, and the next one is tried again.

#include "storage/sqlite/sqlite_writer.hpp"

#include "storage/core/session_transaction.hpp"
#include "storage/core/user_transaction.hpp"
#include "storage/sqlite/session_rows.hpp"
#include "storage/sqlite/sqlite_check.hpp"
#include "storage/sqlite/sqlite_errors.hpp"
#include "storage/sqlite/user_rows.hpp"

#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>
#include <roster/log.hpp>

#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

namespace roster::storage {

// What one transaction writes. What breaks all of it is thrown as `SQLite::Exception`.
class WriteTransaction {
  public:
    WriteTransaction(Connection& connection, UserTotals users, SessionId next_session,
                     const OpenOptions& options)
        : connection_(connection),
          users_(connection, users),
          sessions_(connection, next_session),
          began_(users),
          first_session_(next_session),
          now_(options.now()),
          log_(options.log.get()) {}

    // Errors: as the rules; `store_unavailable` if the database alone refuses it.
    result<User> apply(const Write& write) {
        UserTransaction one(users_, now_);
        auto answer = decide(one, write);
        if (!answer) return answer;
        std::size_t erased_sessions = 0;
        const auto write_rows = [&] {
            for (const UserChange& change : one.changes()) {
                if (!change.after) erased_sessions += erase_sessions_of(connection_, change.id);
                write_change(connection_, change);
            }
        };
        if (!put(write_rows)) return Errc::store_unavailable;
        for (const UserChange& change : one.changes())
            note(change);
        more_sessions_ -= static_cast<std::int64_t>(erased_sessions);
        users_.set_totals(one.totals());
        return answer;
    }

    result<SessionResult> apply(const SessionWrite& write,
                                const std::function<bool(UserId)>& user_exists) {
        SessionTransaction one(sessions_, user_exists);
        auto answer = one.apply(write);
        if (!answer || one.steps().empty()) return answer;
        const auto write_rows = [&] {
            for (const AccessStep& step : one.steps())
                write_step(connection_, step);
        };
        if (!put(write_rows)) return Errc::store_unavailable;
        for (const AccessStep& step : one.steps()) {
            if (const auto* opened = std::get_if<Session>(&step)) {
                ++more_sessions_;
                sessions_.set_next_id(opened->id + 1);
            } else if (const auto* ended = std::get_if<EndSessions>(&step)) {
                more_sessions_ -= static_cast<std::int64_t>(ended->ids.size());
            }
        }
        return answer;
    }

    void write_totals() {
        const UserTotals users = users_.totals();
        if (users.revision != began_.revision) write_meta(connection_, "revision", users.revision);
        if (users.next_id != began_.next_id) write_meta(connection_, "next_user_id", users.next_id);
        if (sessions_.next_id() != first_session_)
            write_meta(connection_, "next_session_id", sessions_.next_id());
    }

    bool has_changed() const noexcept { return has_changed_; }
    UserTotals totals() const { return users_.totals(); }
    SessionId next_session() const { return sessions_.next_id(); }
    std::int64_t more_users() const noexcept { return more_users_; }
    std::int64_t more_sessions() const noexcept { return more_sessions_; }
    // In order; nullopt for an erased user.
    const std::vector<std::pair<UserId, std::optional<AuthState>>>& auth_states() const noexcept {
        return auth_states_;
    }

  private:
    // One unreadable row is no reason to refuse the writes of all others.
    result<User> decide(UserTransaction& one, const Write& write) {
        try {
            return one.apply(write);
        } catch (const UnreadableRow& error) {
            if (log_ != nullptr) log_->error("store: {}", error.what());
            return Errc::store_unavailable;
        }
    }

    // What the rules allow the schema refuses only if another program changed it. That refuses one
    // write, unless it also ended the transaction. False if it refused.
    template <class WriteRows>
    bool put(const WriteRows& write_rows) {
        // SQLiteCpp's Savepoint prepares four statements each time, which takes longer than a
        // write.
        connection_.run("SAVEPOINT one_write");
        try {
            write_rows();
        } catch (const SQLite::Exception& error) {
            const bool has_ended = sqlite3_get_autocommit(connection_.getHandle()) != 0;
            if (fault_of(error) != SqliteFault::constraint || has_ended) throw;
            if (log_ != nullptr)
                log_->error("store: the database refuses a write: {}", text_of(error));
            connection_.run("ROLLBACK TO one_write");
            connection_.run("RELEASE one_write");
            return false;
        }
        connection_.run("RELEASE one_write");
        has_changed_ = true;
        return true;
    }

    void note(const UserChange& change) {
        if (!change.after) {
            --more_users_;
            auth_states_.emplace_back(change.id, std::nullopt);
            return;
        }
        if (change.is_new) ++more_users_;
        AuthState auth_state;
        auth_state.role = change.after->role;
        auth_state.disabled = change.after->disabled;
        auth_state.credentials_revision = change.after->credentials_revision;
        auth_state.created_at = change.after->created_at;
        auth_states_.emplace_back(change.id, auth_state);
    }

    Connection& connection_;
    UserRows users_;
    SessionRows sessions_;
    UserTotals began_;
    SessionId first_session_;
    std::chrono::sys_seconds now_;
    Log* log_;
    bool has_changed_ = false;
    std::int64_t more_users_ = 0;
    std::int64_t more_sessions_ = 0;
    std::vector<std::pair<UserId, std::optional<AuthState>>> auth_states_;
};

namespace {

// Four MiB of write-ahead log: that much is copied into the database at a time.
constexpr std::size_t kCheckpointFrames = 1000;

int count_frames(void* frames, sqlite3*, const char*, int in_log) noexcept {
    *static_cast<std::size_t*>(frames) = static_cast<std::size_t>(in_log);
    return SQLITE_OK;
}

}  // namespace

SqliteWriter::SqliteWriter(OpenedDatabase opened, OpenOptions options)
    : opened_(std::move(opened)),
      options_(std::move(options)),
      connection_(*opened_.writer),
      next_checkpoint_frames_(kCheckpointFrames) {
    translate_startup_errors(opened_.path, "read", [this] { load(); });
    sqlite3_wal_hook(connection_.getHandle(), count_frames, &frames_);
}

void SqliteWriter::load() {
    const StoreTotals totals = read_totals(connection_);
    // What is counted on from there could not be read again.
    const std::string problem = problem_of(totals);
    if (!problem.empty()) throw std::runtime_error(problem);
    totals_.revision = totals.revision;
    totals_.next_id = totals.next_user_id;
    next_session_ = totals.next_session_id;
    users_ = totals.users;
    sessions_ = totals.sessions;
    is_marked_open_ = read_meta(connection_, "clean_stop") == 0;
    UserId last = 0;
    read_auth_states(connection_, [&](UserId id, const AuthState& auth_state) {
        auth_states_.put(id, auth_state);
        if (auth_state.role == Role::admin && !auth_state.disabled) ++totals_.admins;
        last = id;
    });
    if (last >= totals_.next_id)
        throw std::runtime_error("user " + std::to_string(last) +
                                 " has an id that was not assigned yet");
}

SqliteWriter::~SqliteWriter() {
    close();
}

// If the batch failed, only what was refused by the rules keeps its answer.
template <class Answer, class Batch, class Apply>
std::vector<result<Answer>> SqliteWriter::commit_each(const Batch& batch, const Apply& apply) {
    std::vector<result<Answer>> answers;
    answers.reserve(batch.size());
    const bool is_durable = write([&](WriteTransaction& transaction) {
        for (const auto& one : batch)
            answers.push_back(apply(transaction, one));
        return true;
    });
    if (is_durable) return answers;
    for (auto& answer : answers)
        if (answer) answer = Errc::store_unavailable;
    answers.resize(batch.size(), result<Answer>(Errc::store_unavailable));
    return answers;
}

std::vector<result<User>> SqliteWriter::commit(std::span<const Write> batch) {
    return commit_each<User>(batch, [](WriteTransaction& transaction, const Write& one) {
        return transaction.apply(one);
    });
}

result<std::vector<User>> SqliteWriter::commit_all(std::span<const Write> batch) {
    std::vector<User> users;
    boost::system::error_code refusal;
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

std::vector<result<SessionResult>> SqliteWriter::commit_access(
    std::span<const SessionWrite> batch) {
    const auto user_exists = [this](UserId id) { return auth_states_.find(id).has_value(); };
    return commit_each<SessionResult>(batch,
                                      [&](WriteTransaction& transaction, const SessionWrite& one) {
                                          return transaction.apply(one, user_exists);
                                      });
}

bool SqliteWriter::write(const std::function<bool(WriteTransaction&)>& put) {
    const std::lock_guard lock(writing_);
    if (has_given_up_) return false;
    WriteTransaction work(connection_, totals_, next_session_, options_);
    try {
        SQLite::Transaction transaction(connection_, SQLite::TransactionBehavior::IMMEDIATE);
        if (!put(work) || !work.has_changed()) return true;
        work.write_totals();
        if (!is_marked_open_) write_meta(connection_, "clean_stop", 0);
        transaction.commit();
    } catch (const std::exception& error) {
        fail(error);
        return false;
    }
    is_marked_open_ = true;
    publish(work);
    if (!is_writable_.exchange(true) && options_.log)
        options_.log->info("{}: can be written again", opened_.path);
    checkpoint_if_due();
    return true;
}

void SqliteWriter::publish(const WriteTransaction& transaction) {
    for (const auto& [id, auth_state] : transaction.auth_states()) {
        if (auth_state)
            auth_states_.put(id, *auth_state);
        else
            auth_states_.erase(id);
    }
    const std::lock_guard lock(totals_mutex_);
    totals_ = transaction.totals();
    next_session_ = transaction.next_session();
    users_ += static_cast<std::uint64_t>(transaction.more_users());
    sessions_ += static_cast<std::uint64_t>(transaction.more_sessions());
}

void SqliteWriter::fail(const std::exception& error) {
    const auto* from_sqlite = dynamic_cast<const SQLite::Exception*>(&error);
    if (from_sqlite == nullptr) return give_up(error.what());
    const SqliteFault fault = fault_of(*from_sqlite);
    if (fault == SqliteFault::sync_failed || fault == SqliteFault::corrupt)
        give_up(text_of(*from_sqlite));
    else if (is_writable_.exchange(false) && options_.log)
        options_.log->error("{}: cannot be written: {}; writes are refused until it can",
                            opened_.path, text_of(*from_sqlite));
}

void SqliteWriter::give_up(const std::string& why) {
    has_given_up_ = true;
    is_writable_ = false;
    if (options_.log)
        options_.log->error("{}: {}; writes are refused until a restart", opened_.path, why);
}

// What was acknowledged is durable in the log: a checkpoint that fails loses nothing, and the next
// one copies the same pages again.
void SqliteWriter::checkpoint_if_due() {
    if (frames_ < kCheckpointFrames) next_checkpoint_frames_ = kCheckpointFrames;
    if (frames_ < next_checkpoint_frames_) return;
    next_checkpoint_frames_ = frames_ + kCheckpointFrames;
    try {
        (void)connection_.query("PRAGMA wal_checkpoint(PASSIVE)").step();
    } catch (const SQLite::Exception& error) {
        if (fault_of(error) != SqliteFault::transient) return give_up(text_of(error));
        if (options_.log)
            options_.log->warn("{}: the write-ahead log cannot be copied into it now: {}",
                               opened_.path, text_of(error));
    }
}

void SqliteWriter::close() {
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
        if (options_.log)
            options_.log->warn("{}: could not be closed properly: {}; the next start checks it",
                               opened_.path, error.what());
    }
}

result<AuthState> SqliteWriter::auth_state(UserId id) const {
    const auto auth_state = auth_states_.find(id);
    if (!auth_state) return Errc::user_not_found;
    return *auth_state;
}

StoreStatus SqliteWriter::status() const {
    StoreStatus status;
    status.writable = is_writable_;
    const std::lock_guard lock(totals_mutex_);
    status.users = users_;
    status.admins = totals_.admins;
    status.sessions = sessions_;
    status.revision = totals_.revision;
    return status;
}

}  // namespace roster::storage
