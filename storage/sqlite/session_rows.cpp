#include "storage/sqlite/session_rows.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <variant>

namespace roster::storage {
namespace {

// In this order wherever a session is read or written.
#define ROSTER_SESSION_COLUMNS                                                         \
    "id, user, digest, credentials_revision, label, address, user_agent, created_at, " \
    "last_seen_at, expires_at"

constexpr std::string_view kById = "SELECT " ROSTER_SESSION_COLUMNS " FROM sessions WHERE id = ?";
constexpr std::string_view kByUser =
    "SELECT " ROSTER_SESSION_COLUMNS " FROM sessions WHERE user = ? ORDER BY id";
constexpr std::string_view kPage =
    "SELECT " ROSTER_SESSION_COLUMNS " FROM sessions WHERE id > ? ORDER BY id LIMIT ?";
constexpr std::string_view kInsert =
    "INSERT INTO sessions (" ROSTER_SESSION_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

#undef ROSTER_SESSION_COLUMNS

// What no row can have, SQLite would read as a negative number.
bool is_possible(std::uint64_t id) noexcept {
    return id <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
}

Session read_session(const Query& row) {
    Session session;
    session.id = row.count(0);
    session.user = row.count(1);
    const std::string_view digest = row.text(2);
    if (digest.size() != session.digest.size())
        throw std::runtime_error("a session has a digest of another length");
    std::memcpy(session.digest.data(), digest.data(), digest.size());
    session.credentials_revision = row.count(3);
    session.label = row.text(4);
    session.address = row.text(5);
    session.user_agent = row.text(6);
    session.created_at = row.time(7);
    session.last_seen_at = row.time(8);
    session.expires_at = row.time(9);
    return session;
}

std::vector<Session> read_sessions(Query& query) {
    std::vector<Session> sessions;
    while (query.step())
        sessions.push_back(read_session(query));
    return sessions;
}

void insert(Connection& connection, const Session& session) {
    connection.query(kInsert)
        .bind(session.id)
        .bind(session.user)
        .bind_bytes(session.digest.data(), session.digest.size())
        .bind(session.credentials_revision)
        .bind(session.label)
        .bind(session.address)
        .bind(session.user_agent)
        .bind(session.created_at)
        .bind(session.last_seen_at)
        .bind(session.expires_at)
        .run();
}

void touch(Connection& connection, const TouchSessions& touched) {
    for (const TouchSessions::Seen& seen : touched.seen)
        connection.query("UPDATE sessions SET last_seen_at = ? WHERE id = ?")
            .bind(seen.at)
            .bind(seen.id)
            .run();
}

void renew(Connection& connection, const RenewSession& renewed) {
    connection.query("UPDATE sessions SET credentials_revision = ? WHERE id = ?")
        .bind(renewed.credentials_revision)
        .bind(renewed.id)
        .run();
}

void end(Connection& connection, const EndSessions& ended) {
    for (const SessionId id : ended.ids)
        connection.query("DELETE FROM sessions WHERE id = ?").bind(id).run();
}

void save(Connection& connection, const LimiterRecord& record) {
    if (record.state.empty())
        connection.query("DELETE FROM throttle WHERE key = ?").bind(record.key).run();
    else
        connection
            .query(
                "INSERT INTO throttle (key, state, until) VALUES (?, ?, ?) ON CONFLICT (key) DO "
                "UPDATE SET state = excluded.state, until = excluded.until")
            .bind(record.key)
            .bind(record.state)
            .bind(record.until)
            .run();
}

}  // namespace

std::vector<Session> sessions_of(Connection& connection, UserId user) {
    if (!is_possible(user)) return {};
    Query query = connection.query(kByUser);
    query.bind(user);
    return read_sessions(query);
}

std::vector<Session> list_sessions(Connection& connection, SessionId after, std::size_t limit) {
    if (!is_possible(after)) return {};
    constexpr std::size_t kMost = std::numeric_limits<std::int32_t>::max();
    Query query = connection.query(kPage);
    query.bind(after).bind(std::uint64_t{std::min(limit, kMost)});
    return read_sessions(query);
}

std::vector<LimiterRecord> limiter_records(Connection& connection, std::chrono::sys_seconds now) {
    Query query = connection.query("SELECT key, state, until FROM throttle WHERE until > ?");
    query.bind(now);
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

std::uint64_t count_sessions(Connection& connection) {
    return static_cast<std::uint64_t>(connection.number("SELECT count(*) FROM sessions"));
}

void write_step(Connection& connection, const AccessStep& step) {
    if (const auto* opened = std::get_if<Session>(&step))
        insert(connection, *opened);
    else if (const auto* touched = std::get_if<TouchSessions>(&step))
        touch(connection, *touched);
    else if (const auto* renewed = std::get_if<RenewSession>(&step))
        renew(connection, *renewed);
    else if (const auto* ended = std::get_if<EndSessions>(&step))
        end(connection, *ended);
    else if (const auto* record = std::get_if<LimiterRecord>(&step))
        save(connection, *record);
}

std::size_t erase_sessions_of(Connection& connection, UserId user) {
    return connection.query("DELETE FROM sessions WHERE user = ?").bind(user).run();
}

void forget_expired(Connection& connection, std::chrono::sys_seconds now) {
    connection.query("DELETE FROM sessions WHERE expires_at <= ?").bind(now).run();
    connection.query("DELETE FROM throttle WHERE until <= ?").bind(now).run();
}

std::optional<Session> SessionRows::find(SessionId id) const {
    if (!is_possible(id)) return std::nullopt;
    Query query = connection_.query(kById);
    query.bind(id);
    if (!query.step()) return std::nullopt;
    return read_session(query);
}

std::vector<SessionId> SessionRows::ids_of(UserId user) const {
    std::vector<SessionId> ids;
    if (!is_possible(user)) return ids;
    Query query = connection_.query("SELECT id FROM sessions WHERE user = ? ORDER BY id");
    query.bind(user);
    while (query.step())
        ids.push_back(query.count(0));
    return ids;
}

bool SessionRows::knows_throttle_key(const std::string& key) const {
    Query query = connection_.query("SELECT 1 FROM throttle WHERE key = ?");
    query.bind(key);
    return query.step();
}

}  // namespace roster::storage
