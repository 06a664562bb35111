#include "storage/sqlite/sqlite_writer.hpp"

#include "storage/sqlite/failed_frames.hpp"
#include "storage/sqlite/row_problems.hpp"
#include "storage/sqlite/sqlite_fault.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>
#include <roster/log.hpp>

#include <numeric>
#include <stdexcept>
#include <utility>

namespace roster::storage {
namespace {

// Four MiB of write-ahead log: so much is copied into the database at a time.
constexpr std::size_t kCheckpointFrames = 1000;

// Thrown through the transaction to undo it; the answers say the rest.
struct Undo {};

int count_frames(void* frames, sqlite3*, const char*, int in_log) noexcept {
    *static_cast<std::size_t*>(frames) = static_cast<std::size_t>(in_log);
    return SQLITE_OK;
}

// Where the batch is not durable, only what was refused anyway keeps its answer.
template <class Answer>
void take_back(std::vector<result<Answer>>& answers, std::size_t count) {
    for (auto& answer : answers)
        if (answer) answer = Errc::store_unavailable;
    answers.resize(count, result<Answer>(Errc::store_unavailable));
}

std::size_t index_of(const AuthState& auth_state) noexcept {
    return static_cast<std::size_t>(class_of(auth_state.role, auth_state.disabled));
}

}  // namespace

SqliteWriter::SqliteWriter(OpenedDatabase opened, OpenOptions options)
    : opened_(std::move(opened)),
      options_(std::move(options)),
      connection_(*opened_.writer),
      next_checkpoint_frames_(kCheckpointFrames) {
    try {
        load();
    } catch (const SQLite::Exception& error) {
        throw startup_error(opened_.path, "read", error);
    } catch (const std::runtime_error& error) {
        throw StartupError(Errc::store_damaged, opened_.path + ": " + error.what());
    }
    sqlite3_wal_hook(connection_.handle(), count_frames, &frames_);
}

void SqliteWriter::load() {
    totals_.revision = read_meta(connection_, "revision");
    totals_.next_id = read_meta(connection_, "next_user_id");
    search_up_to_ = read_meta(connection_, "search_up_to");
    next_session_ = read_meta(connection_, "next_session_id");
    refuse_impossible_totals();
    is_marked_open_ = read_meta(connection_, "clean_stop") == 0;
    UserId last = 0;
    read_standings(connection_, [&](UserId id, const AuthState& auth_state) {
        standings_.put(id, auth_state);
        ++counts_[index_of(auth_state)];
        if (auth_state.role == Role::admin && !auth_state.disabled) ++totals_.admins;
        last = id;
    });
    if (last >= totals_.next_id)
        throw std::runtime_error("a user has the id " + std::to_string(last) +
                                 ", which was not given to anybody yet");
    sessions_ = count_sessions(connection_);
}

// What is counted from there on could not be read again.
void SqliteWriter::refuse_impossible_totals() const {
    StoreTotals totals;
    totals.revision = totals_.revision;
    totals.next_user_id = totals_.next_id;
    totals.next_session_id = next_session_;
    const std::string problem = problem_of(totals);
    if (!problem.empty()) throw std::runtime_error(problem);
}

SqliteWriter::~SqliteWriter() {
    close();
}

std::vector<result<User>> SqliteWriter::commit(std::span<const Write> batch) {
    std::vector<result<User>> answers;
    answers.reserve(batch.size());
    const bool is_durable = write([&](WriteTransaction& work) {
        for (const Write& one : batch)
            answers.push_back(work.apply(one));
    });
    if (!is_durable) take_back(answers, batch.size());
    return answers;
}

result<std::vector<User>> SqliteWriter::commit_all(std::span<const Write> batch) {
    std::vector<User> users;
    boost::system::error_code refusal;
    const bool is_durable = write([&](WriteTransaction& work) {
        for (const Write& one : batch) {
            auto answer = work.apply(one);
            if (!answer) {
                refusal = answer.error();
                throw Undo();
            }
            users.push_back(std::move(*answer));
        }
    });
    if (refusal) return refusal;
    if (!is_durable) return Errc::store_unavailable;
    return users;
}

std::vector<result<SessionResult>> SqliteWriter::commit_access(
    std::span<const SessionWrite> batch) {
    std::vector<result<SessionResult>> answers;
    answers.reserve(batch.size());
    const auto user_exists = [this](UserId id) { return standings_.find(id).has_value(); };
    const bool is_durable = write([&](WriteTransaction& work) {
        for (const SessionWrite& one : batch)
            answers.push_back(work.apply(one, user_exists));
    });
    if (!is_durable) take_back(answers, batch.size());
    return answers;
}

bool SqliteWriter::write(const std::function<void(WriteTransaction&)>& put) {
    const std::lock_guard lock(writing_);
    if (is_given_up_) {
        cut_refused_frames();
        return false;
    }
    WriteTransaction work(connection_, totals_, search_up_to_, next_session_, options_.now(),
                          options_.log.get());
    try {
        Transaction transaction(connection_);
        put(work);
        if (!work.has_changed()) return true;
        work.write_totals();
        if (!is_marked_open_) write_meta(connection_, "clean_stop", 0);
        transaction.commit();
    } catch (const Undo&) {
        return true;
    } catch (const SQLite::Exception& error) {
        note_failure(error);
        return false;
    } catch (const std::exception& error) {
        give_up(error.what());
        return false;
    }
    is_marked_open_ = true;
    publish(work);
    note_success();
    checkpoint_if_due();
    return true;
}

void SqliteWriter::publish(const WriteTransaction& work) {
    ClassCounts counts = counts_;
    for (const auto& [id, auth_state] : work.standings()) {
        if (const auto before = standings_.find(id)) --counts[index_of(*before)];
        if (auth_state) ++counts[index_of(*auth_state)];
        if (auth_state)
            standings_.put(id, *auth_state);
        else
            standings_.erase(id);
    }
    const std::lock_guard lock(totals_mutex_);
    totals_ = work.users();
    search_up_to_ = work.search_up_to();
    next_session_ = work.next_session();
    counts_ = counts;
    sessions_ += static_cast<std::uint64_t>(work.more_sessions());
}

void SqliteWriter::note_failure(const SQLite::Exception& error) {
    const SqliteFault fault = fault_of(error);
    if (fault == SqliteFault::sync_failed) {
        has_refused_frames_ = true;
        cut_refused_frames();
        if (has_refused_frames_ && options_.log)
            options_.log->error("{}-wal: holds a change that was refused; it cannot be cut off",
                                opened_.path);
    }
    if (fault == SqliteFault::sync_failed || fault == SqliteFault::corrupt)
        give_up(text_of(error));
    else if (is_writable_.exchange(false) && options_.log)
        options_.log->error("{}: cannot be written: {}; writes are refused until it can",
                            opened_.path, text_of(error));
}

// Tried until it works: the disk may have come back since.
void SqliteWriter::cut_refused_frames() {
    if (has_refused_frames_ && cut_failed_frames(connection_.handle())) has_refused_frames_ = false;
}

void SqliteWriter::give_up(const std::string& why) {
    is_given_up_ = true;
    is_writable_ = false;
    if (options_.log)
        options_.log->error("{}: {}; no write is taken any more until a restart", opened_.path,
                            why);
}

void SqliteWriter::note_success() {
    if (!is_writable_.exchange(true) && options_.log)
        options_.log->info("{}: can be written again", opened_.path);
}

// What was acknowledged is durable in the log already: a checkpoint that fails loses nothing, and
// the next one copies the same pages again. A full disk is no news here.
void SqliteWriter::checkpoint_if_due() {
    if (frames_ < kCheckpointFrames) next_checkpoint_frames_ = kCheckpointFrames;
    if (frames_ < next_checkpoint_frames_) return;
    next_checkpoint_frames_ = frames_ + kCheckpointFrames;
    try {
        (void)connection_.query("PRAGMA wal_checkpoint(PASSIVE)").step();
    } catch (const SQLite::Exception& error) {
        if (fault_of(error) == SqliteFault::passing) {
            if (options_.log)
                options_.log->warn("{}: the write-ahead log cannot be copied into it now: {}",
                                   opened_.path, text_of(error));
        } else {
            give_up(text_of(error));
        }
    }
}

void SqliteWriter::close() {
    const std::lock_guard lock(writing_);
    if (is_given_up_) {
        cut_refused_frames();
        // The next start decides what is to be believed.
        (void)sqlite3_db_config(connection_.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        return;
    }
    if (!is_marked_open_) return;
    try {
        Transaction transaction(connection_);
        write_meta(connection_, "clean_stop", 1);
        transaction.commit();
    } catch (const std::exception& error) {
        if (options_.log)
            options_.log->warn("{}: could not be closed properly: {}; the next start checks it",
                               opened_.path, error.what());
    }
}

result<AuthState> SqliteWriter::auth_state(UserId id) const {
    const auto auth_state = standings_.find(id);
    if (!auth_state) return Errc::user_not_found;
    return *auth_state;
}

ClassCounts SqliteWriter::counts() const {
    const std::lock_guard lock(totals_mutex_);
    return counts_;
}

StoreStatus SqliteWriter::status() const {
    StoreStatus status;
    status.writable = is_writable_;
    const std::lock_guard lock(totals_mutex_);
    status.users = std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
    status.admins = totals_.admins;
    status.sessions = sessions_;
    status.revision = totals_.revision;
    return status;
}

}  // namespace roster::storage
