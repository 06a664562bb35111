#include "storage/sqlite/write_transaction.hpp"

#include "storage/core/session_transaction.hpp"
#include "storage/sqlite/sqlite_fault.hpp"

#include <SQLiteCpp/Exception.h>
#include <roster/log.hpp>

#include <variant>

namespace roster::storage {

result<User> WriteTransaction::apply(const Write& write) {
    UserTransaction one(users_, now_);
    auto answer = decide(write, one);
    if (!answer) return answer;
    const auto put_rows = [&] {
        for (const UserChange& change : one.changes())
            put(change);
    };
    if (is_refused(put_rows)) return Errc::store_unavailable;
    for (const UserChange& change : one.changes()) {
        standings_.emplace_back(
            change.id, change.after ? std::optional(standing_of(*change.after)) : std::nullopt);
    }
    users_.count(one.totals());
    return answer;
}

// What somebody else wrote into one row is no reason to refuse the writes of all others.
result<User> WriteTransaction::decide(const Write& write, UserTransaction& batch) {
    try {
        return batch.apply(write);
    } catch (const UnreadableRow& error) {
        if (log_ != nullptr) log_->error("store: {}", error.what());
        return Errc::store_unavailable;
    }
}

result<SessionResult> WriteTransaction::apply(const SessionWrite& write,
                                              const UserExists& user_exists) {
    SessionTransaction one(access_, user_exists);
    auto answer = one.apply(write);
    if (!answer || one.steps().empty()) return answer;
    const auto put_rows = [&] {
        for (const AccessStep& step : one.steps())
            write_step(connection_, step);
    };
    if (is_refused(put_rows)) return Errc::store_unavailable;
    for (const AccessStep& step : one.steps()) {
        if (const auto* opened = std::get_if<Session>(&step)) {
            ++more_sessions_;
            access_.count(opened->id + 1);
        } else if (const auto* ended = std::get_if<EndSessions>(&step)) {
            more_sessions_ -= static_cast<std::int64_t>(ended->ids.size());
        }
    }
    return answer;
}

void WriteTransaction::put(const UserChange& change) {
    if (!change.after)
        more_sessions_ -= static_cast<std::int64_t>(erase_sessions_of(connection_, change.id));
    if (!change.after || change.has_new_email) search_.note(change.id);
    write_change(connection_, change);
}

// What the rules let through the schema refuses only where somebody else has changed it. The other
// writes of the batch need not suffer for that.
bool WriteTransaction::is_refused(const std::function<void()>& put_rows) {
    const std::int64_t sessions = more_sessions_;
    Savepoint savepoint(connection_);
    try {
        put_rows();
    } catch (const SQLite::Exception& error) {
        if (fault_of(error) != SqliteFault::constraint) throw;
        if (log_ != nullptr) log_->error("store: the database refuses a write: {}", text_of(error));
        more_sessions_ = sessions;
        return true;
    }
    savepoint.release();
    has_changed_ = true;
    return false;
}

void WriteTransaction::write_totals() {
    const UserTotals users = users_.totals();
    if (users.revision != began_.revision) write_meta(connection_, "revision", users.revision);
    search_.write(users.next_id - 1);
    if (users.next_id != began_.next_id) write_meta(connection_, "next_user_id", users.next_id);
    if (access_.next_id() != first_session_)
        write_meta(connection_, "next_session_id", access_.next_id());
}

}  // namespace roster::storage
