#include "storage/sqlite/rows.hpp"

#include <cstring>
#include <variant>

namespace roster::storage {
namespace {

// In this order wherever a session is read or written.
#define ROSTER_SESSION_COLUMNS                                                         \
    "id, user, digest, credentials_revision, label, address, user_agent, created_at, " \
    "last_seen_at, expires_at, kind, parent"

constexpr std::string_view kSessionById =
    "SELECT " ROSTER_SESSION_COLUMNS " FROM sessions WHERE id = ?";
constexpr std::string_view kByUser =
    "SELECT " ROSTER_SESSION_COLUMNS " FROM sessions WHERE user = ? ORDER BY id";
constexpr std::string_view kSessionPage =
    "SELECT " ROSTER_SESSION_COLUMNS " FROM sessions WHERE id > ? ORDER BY id LIMIT ?";
constexpr std::string_view kAllSessions =
    "SELECT " ROSTER_SESSION_COLUMNS " FROM sessions ORDER BY id";
constexpr std::string_view kInsertSession =
    "INSERT INTO sessions (" ROSTER_SESSION_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

#undef ROSTER_SESSION_COLUMNS

Session read_session(const Query& row) {
    Session session;
    session.id = row.count(0);
    session.user = row.count(1);
    const std::string_view digest = row.text(2);
    if (digest.size() != session.digest.size())
        throw UnreadableRow("session " + std::to_string(session.id) +
                            " has a digest of another length");
    std::memcpy(session.digest.data(), digest.data(), digest.size());
    session.credentials_revision = row.count(3);
    session.label = row.text(4);
    session.address = row.text(5);
    session.user_agent = row.text(6);
    session.created_at = row.time(7);
    session.last_seen_at = row.time(8);
    session.expires_at = row.time(9);
    const auto kind = parse_session_kind(row.text(10));
    if (!kind)
        throw UnreadableRow("session " + std::to_string(session.id) + " has an unknown kind");
    session.kind = *kind;
    session.parent = row.count(11);
    return session;
}

std::vector<Session> read_all(Query& query) {
    std::vector<Session> sessions;
    while (query.step())
        sessions.push_back(read_session(query));
    return sessions;
}

struct StepWriter {
    Connection& connection;

    void operator()(const Session& session) const {
        connection.run(kInsertSession, session.id, session.user, session.digest,
                       session.credentials_revision, session.label, session.address,
                       session.user_agent, session.created_at, session.last_seen_at,
                       session.expires_at, to_string(session.kind), session.parent);
    }
    void operator()(const TouchSessions& touched) const {
        for (const TouchSessions::Seen& seen : touched.seen)
            connection.run("UPDATE sessions SET last_seen_at = ? WHERE id = ?", seen.at, seen.id);
    }
    void operator()(const RenewSession& renewed) const {
        connection.run("UPDATE sessions SET credentials_revision = ? WHERE id = ?",
                       renewed.credentials_revision, renewed.id);
    }
    void operator()(const EndSessions& ended) const {
        for (const SessionId id : ended.ids)
            connection.run("DELETE FROM sessions WHERE id = ?", id);
    }
    void operator()(const RecordLogins& recorded) const {
        for (const RecordLogins::Login& login : recorded.logins)
            connection.run(
                "UPDATE users SET last_login_at = ? "
                "WHERE id = ? AND coalesce(last_login_at, -1) < ?",
                login.at, login.user, login.at);
    }
    void operator()(const LimiterRecord& record) const {
        if (record.state.empty())
            connection.run("DELETE FROM throttle WHERE key = ?", record.key);
        else
            connection.run("REPLACE INTO throttle (key, state, until) VALUES (?, ?, ?)", record.key,
                           record.state, record.until);
    }
    // The transaction writes it with the other totals.
    void operator()(const NextSession&) const {}
};

}  // namespace

std::optional<Session> find_session(Connection& connection, SessionId id) {
    Query query = connection.query(kSessionById, id);
    if (!query.step()) return std::nullopt;
    return read_session(query);
}

std::vector<Session> sessions_of(Connection& connection, UserId user) {
    Query query = connection.query(kByUser, user);
    return read_all(query);
}

std::vector<Session> list_sessions(Connection& connection, SessionId after, std::size_t limit) {
    Query query = connection.query(kSessionPage, after, limit);
    return read_all(query);
}

void read_sessions(Connection& connection, const std::function<void(const Session&)>& take) {
    Query query = connection.query(kAllSessions);
    while (query.step())
        take(read_session(query));
}

std::vector<LimiterRecord> limiter_records(Connection& connection, std::chrono::sys_seconds now) {
    Query query = connection.query(
        "SELECT key, state, until FROM throttle WHERE until > ? ORDER BY key", now);
    std::vector<LimiterRecord> records;
    while (query.step()) {
        LimiterRecord record;
        record.key = query.text(0);
        record.state = query.text(1);
        record.until = query.time(2);
        records.push_back(std::move(record));
    }
    return records;
}

void write_step(Connection& connection, const SessionStep& step) {
    std::visit(StepWriter{connection}, step);
}

std::size_t erase_sessions_of(Connection& connection, UserId user) {
    return connection.run("DELETE FROM sessions WHERE user = ?", user);
}

void erase_expired(Connection& connection, std::chrono::sys_seconds now) {
    connection.run("DELETE FROM sessions WHERE expires_at <= ?", now);
    connection.run("DELETE FROM throttle WHERE until <= ?", now);
}

}  // namespace roster::storage
