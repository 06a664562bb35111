#include "storage/postgres/rows.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

namespace roster::storage::postgres {
namespace {

constexpr const char* kInsertSessions =
    "INSERT INTO sessions (id, user_id, digest, credentials_revision, label, address, user_agent, "
    "created_at, last_seen_at, expires_at, kind, parent) SELECT a, b, decode(c, 'hex'), d, e, f, "
    "g, h, i, j, k, l FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], "
    "$5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], "
    "$12::bigint[]) AS t (a, b, c, d, e, f, g, h, i, j, k, l)";
// Never waits: who locks a session may be about to end it. It is seen again.
constexpr const char* kTouchSessions =
    "UPDATE sessions SET last_seen_at = greatest(last_seen_at, at) FROM unnest($1::bigint[], "
    "$2::bigint[]) AS t (seen, at) WHERE id = seen AND id IN (SELECT id FROM sessions WHERE id = "
    "ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)";
constexpr const char* kRenewSessions =
    "UPDATE sessions SET credentials_revision = r FROM unnest($1::bigint[], $2::bigint[]) AS t "
    "(renewed, r) WHERE id = renewed";
constexpr const char* kEndSessions =
    "UPDATE sessions SET ended_at = $2::bigint WHERE id = ANY($1::bigint[])";
constexpr const char* kRecordLogins =
    "UPDATE users SET last_login_at = at FROM unnest($1::bigint[], $2::bigint[]) AS t (who, at) "
    "WHERE id = who AND coalesce(last_login_at, -1) < at";
constexpr const char* kSaveRecords =
    "INSERT INTO throttle (key, state, until) SELECT * FROM unnest($1::text[], $2::text[], "
    "$3::bigint[]) ON CONFLICT (key) DO UPDATE SET state = excluded.state, until = excluded.until";
constexpr const char* kDropRecords = "DELETE FROM throttle WHERE key = ANY($1::text[])";

// What the steps come to, whatever their order was: rows are written in one order, by id.
struct StepSums {
    std::map<SessionId, Session> opened;
    std::map<SessionId, Revision> renewed;
    std::map<SessionId, std::chrono::sys_seconds> seen;
    std::map<UserId, std::chrono::sys_seconds> logins;
    std::map<std::string, LimiterRecord> records;
    Array ended;

    void operator()(const Session& session) { opened.emplace(session.id, session); }
    void operator()(const TouchSessions& touched) {
        for (const TouchSessions::Seen& one : touched.seen)
            seen[one.id] = std::max(seen[one.id], one.at);
    }
    void operator()(const RenewSession& one) { renewed[one.id] = one.credentials_revision; }
    void operator()(const EndSessions& one) {
        for (const SessionId id : one.ids)
            ended.add(id);
    }
    void operator()(const RecordLogins& recorded) {
        for (const RecordLogins::Login& one : recorded.logins)
            logins[one.user] = std::max(logins[one.user], one.at);
    }
    void operator()(const LimiterRecord& record) { records[record.key] = record; }
    void operator()(const NextSession&) const {}
};

void send_opened(Connection& connection, const std::map<SessionId, Session>& opened) {
    if (opened.empty()) return;
    std::array<Array, 12> arrays;
    for (const auto& [id, session] : opened) {
        std::size_t i = 0;
        arrays[i++].add(id);
        arrays[i++].add(session.user);
        arrays[i++].add(hex_of(session.digest));
        arrays[i++].add(session.credentials_revision);
        arrays[i++].add(session.label);
        arrays[i++].add(session.address);
        arrays[i++].add(session.user_agent);
        arrays[i++].add(session.created_at);
        arrays[i++].add(session.last_seen_at);
        arrays[i++].add(session.expires_at);
        arrays[i++].add(to_string(session.kind));
        arrays[i++].add(session.parent);
    }
    Params params;
    for (const Array& array : arrays)
        params.add(array.text());
    connection.send(kInsertSessions, params);
}

void send_numbers(Connection& connection, const char* sql, const auto& pairs) {
    if (pairs.empty()) return;
    Array ids;
    Array values;
    for (const auto& [id, value] : pairs) {
        ids.add(id);
        values.add(value);
    }
    Params params;
    params.add(ids.text()).add(values.text());
    connection.send(sql, params);
}

void send_records(Connection& connection, const std::map<std::string, LimiterRecord>& records) {
    Array dropped;
    std::array<Array, 3> saved;
    for (const auto& [key, record] : records) {
        if (record.state.empty()) {
            dropped.add(key);
            continue;
        }
        saved[0].add(key);
        saved[1].add(record.state);
        saved[2].add(record.until);
    }
    Params params;
    for (const Array& array : saved)
        params.add(array.text());
    if (!saved[0].is_empty()) connection.send(kSaveRecords, params);
    Params keys;
    keys.add(dropped.text());
    if (!dropped.is_empty()) connection.send(kDropRecords, keys);
}

}  // namespace

std::string hex_of(const SessionDigest& digest) {
    std::array<char, 2 * sizeof(SessionDigest) + 1> text{};
    sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
    return text.data();
}

std::string select_sessions(std::string_view rest) {
    return "SELECT " + std::string(kSessionColumns) + " FROM sessions " + std::string(rest);
}

Session read_session(const Rows& rows, int row) {
    Session session;
    session.id = rows.count(row, 0);
    session.user = rows.count(row, 1);
    const std::string_view hex = rows.text(row, 2);
    std::size_t bytes = 0;
    if (sodium_hex2bin(session.digest.data(), session.digest.size(), hex.data(), hex.size(),
                       nullptr, &bytes, nullptr) != 0 ||
        bytes != session.digest.size())
        throw std::runtime_error("a session has an invalid digest");
    session.credentials_revision = rows.count(row, 3);
    session.label = rows.text(row, 4);
    session.address = rows.text(row, 5);
    session.user_agent = rows.text(row, 6);
    session.created_at = rows.time(row, 7);
    session.last_seen_at = rows.time(row, 8);
    session.expires_at = rows.time(row, 9);
    const auto kind = parse_session_kind(rows.text(row, 10));
    if (!kind) throw std::runtime_error("a session has an unknown kind");
    session.kind = *kind;
    session.parent = rows.count(row, 11);
    return session;
}

std::vector<Session> read_sessions(const Rows& rows) {
    std::vector<Session> sessions;
    for (int row = 0; row < rows.size(); ++row)
        sessions.push_back(read_session(rows, row));
    return sessions;
}

std::vector<LimiterRecord> read_limiter_records(const Rows& rows) {
    std::vector<LimiterRecord> records;
    for (int row = 0; row < rows.size(); ++row)
        records.emplace_back(std::string(rows.text(row, 0)), std::string(rows.text(row, 1)),
                             rows.time(row, 2));
    return records;
}

void send_steps(Connection& connection, std::span<const SessionStep> steps,
                std::chrono::sys_seconds now) {
    StepSums sums;
    for (const SessionStep& step : steps)
        std::visit(sums, step);
    send_opened(connection, sums.opened);
    send_numbers(connection, kRenewSessions, sums.renewed);
    if (!sums.ended.is_empty()) {
        Params params;
        params.add(sums.ended.text()).add(now);
        connection.send(kEndSessions, params);
    }
    send_numbers(connection, kRecordLogins, sums.logins);
    send_records(connection, sums.records);
    send_numbers(connection, kTouchSessions, sums.seen);
}

}  // namespace roster::storage::postgres
