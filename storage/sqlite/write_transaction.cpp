#include "storage/sqlite/write_transaction.hpp"

#include <sqlite3.h>

#include <variant>

namespace roster::storage {
namespace {

// An unreadable row refuses this write, and is no reason to refuse the writes of all others.
template <class Transaction, class OneWrite>
auto decide(Transaction& transaction, const OneWrite& write, Log& log)
    -> decltype(transaction.apply(write)) {
    try {
        return transaction.apply(write);
    } catch (const UnreadableRow& error) {
        log.error("store: {}", error.what());
    }
    return Errc::store_unavailable;
}

}  // namespace

result<User> WriteTransaction::apply(const Write& write) {
    UserTransaction one(*this, now_);
    auto answer = decide(one, write, log_);
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
    totals_.sessions -= erased_sessions;
    totals_.revision = one.totals().revision;
    totals_.next_user_id = one.totals().next_id;
    totals_.admins = one.totals().admins;
    return answer;
}

result<SessionResult> WriteTransaction::apply(const SessionWrite& write) {
    const auto user_exists = [this](UserId id) { return known_auth_states_.find(id).has_value(); };
    SessionTransaction one(*this, user_exists, now_);
    auto answer = decide(one, write, log_);
    if (!answer || one.steps().empty()) return answer;
    const auto write_rows = [&] {
        for (const SessionStep& step : one.steps())
            write_step(connection_, step);
    };
    if (!put(write_rows)) return Errc::store_unavailable;
    for (const SessionStep& step : one.steps())
        note(step);
    return answer;
}

// What the rules allow the schema refuses only if another program changed it. That refuses one
// write, unless it also ended the transaction. False if it refused.
template <class WriteRows>
bool WriteTransaction::put(const WriteRows& write_rows) {
    // SQLiteCpp's Savepoint prepares four statements each time, which takes longer than a write.
    connection_.run("SAVEPOINT one_write");
    try {
        write_rows();
    } catch (const SQLite::Exception& error) {
        const bool has_ended = sqlite3_get_autocommit(connection_.getHandle()) != 0;
        if (fault_of(error) != SqliteFault::constraint || has_ended) throw;
        log_.error("store: the database refuses a write: {}", text_of(error));
        connection_.run("ROLLBACK TO one_write");
        connection_.run("RELEASE one_write");
        return false;
    }
    connection_.run("RELEASE one_write");
    has_changed_ = true;
    return true;
}

void WriteTransaction::note(const UserChange& change) {
    if (!change.after) {
        --totals_.users;
        auth_states_.emplace_back(change.id, std::nullopt);
        return;
    }
    if (change.is_new) ++totals_.users;
    auth_states_.emplace_back(change.id, AuthState(*change.after));
}

void WriteTransaction::note(const SessionStep& step) {
    if (const auto* opened = std::get_if<Session>(&step)) {
        ++totals_.sessions;
        totals_.next_session_id = opened->id + 1;
    } else if (const auto* ended = std::get_if<EndSessions>(&step)) {
        totals_.sessions -= ended->ids.size();
    }
}

UserTotals WriteTransaction::totals() const {
    return {totals_.revision, totals_.next_user_id, totals_.admins};
}

std::optional<Session> WriteTransaction::find(SessionId id) const {
    return find_session(connection_, id);
}

std::vector<SessionId> WriteTransaction::ids_of(UserId user) const {
    std::vector<SessionId> ids;
    Query query = connection_.query("SELECT id FROM sessions WHERE user = ? ORDER BY id", user);
    while (query.step())
        ids.push_back(query.count(0));
    return ids;
}

std::optional<LimiterRecord> WriteTransaction::limiter_record(const std::string& key) const {
    Query query = connection_.query("SELECT state, until FROM throttle WHERE key = ?", key);
    if (!query.step()) return std::nullopt;
    return LimiterRecord(key, std::string(query.text(0)), query.time(1));
}

}  // namespace roster::storage
