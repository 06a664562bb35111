#include "storage/postgres/lookups.hpp"

#include "core/json/user_json.hpp"
#include "storage/postgres/cluster.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace roster::storage::postgres {
namespace {

// Longer than a connection waits for a lock.
constexpr auto kPrefetchPatience = std::chrono::milliseconds(1500);

// A text that the database cannot hold is no user's.
void add_login(Array& logins, const std::string& login) {
    if (is_text(login)) logins.add(fold_email(login));
}

void add_id(Array& ids, std::uint64_t id) {
    if (id <= kMaxNumber) ids.add(id);
}

const std::string& users_by_id() {
    static const std::string sql = select_users("WHERE id = ANY($1::bigint[])");
    return sql;
}

const std::string& users_by_login() {
    static const std::string sql = select_users("WHERE email_folded = ANY($1::text[])") +
                                   " UNION " + "ALL " +
                                   select_users("WHERE username_folded = ANY($1::text[])");
    return sql;
}

constexpr const char* kAuthStates =
    "SELECT id, role, disabled, credentials_revision, created_at FROM users WHERE id = "
    "ANY($1::bigint[])";

// Of a session that was ended and one that was not, the latter counts.
const std::string& sessions_by_digest() {
    static const std::string sql =
        "SELECT " + std::string(kSessionColumns) +
        ", ended_at IS NOT NULL, role, disabled, owner_revision, owner_created_at FROM sessions "
        "LEFT JOIN (SELECT id AS owner, role, disabled, credentials_revision AS owner_revision, "
        "created_at AS owner_created_at FROM users) AS owners ON owner = user_id WHERE digest = "
        "ANY($1::bytea[]) ORDER BY ended_at IS NULL, id";
    return sql;
}

struct Questions {
    Array ids;
    Array logins;
    Array states;
    Array digests;
};

Questions questions_of(std::span<const Lookup> lookups) {
    Questions questions;
    for (const Lookup& lookup : lookups) {
        if (lookup.by == Lookup::By::id)
            add_id(questions.ids, lookup.id);
        else if (lookup.by == Lookup::By::auth_state)
            add_id(questions.states, lookup.id);
        else if (lookup.by == Lookup::By::digest)
            questions.digests.add("\\x" + hex_of(lookup.digest));
        else
            add_login(questions.logins, lookup.login);
    }
    return questions;
}

template <class Map>
auto found_in(const Map& map, const typename Map::key_type& key, Errc absent = Errc::user_not_found)
    -> result<typename Map::mapped_type> {
    const auto found = map.find(key);
    if (found == map.end()) return absent;
    return found->second;
}

// What the database answered, by what it was asked for.
struct Found {
    boost::unordered_flat_map<UserId, User> by_id;
    boost::unordered_flat_map<std::string, User> by_email;
    boost::unordered_flat_map<std::string, User> by_username;
    boost::unordered_flat_map<UserId, AuthState> states;
    std::map<SessionDigest, ProvenSession> sessions;

    void take_users(const Rows& rows) {
        for (User& user : read_users(rows))
            by_id.emplace(user.id, std::move(user));
    }
    void take_logins(const Rows& rows) {
        for (const User& user : read_users(rows)) {
            by_email.emplace(fold_email(user.email), user);
            if (!user.profile.username.empty())
                by_username.emplace(fold_email(user.profile.username), user);
        }
    }
    void take_states(const Rows& rows) {
        for (int row = 0; row < rows.size(); ++row)
            states.emplace(rows.count(row, 0), read_auth_state(rows, row, 1));
    }
    void take_sessions(const Rows& rows) {
        constexpr int kEnded = 12;
        for (int row = 0; row < rows.size(); ++row) {
            Session session = read_session(rows, row);
            const SessionDigest digest = session.digest;
            // Of a user who was erased nothing is known.
            const bool has_owner = !rows.is_null(row, kEnded + 1);
            ProvenSession proven(std::move(session), rows.flag(row, kEnded) || !has_owner,
                                 has_owner ? read_auth_state(rows, row, kEnded + 1) : AuthState());
            sessions.insert_or_assign(digest, std::move(proven));
        }
    }

    LookupAnswer answer_to(const Lookup& lookup) const {
        const std::string folded = fold_email(lookup.login);
        switch (lookup.by) {
            case Lookup::By::id: return found_in(by_id, lookup.id);
            case Lookup::By::auth_state: return found_in(states, lookup.id);
            case Lookup::By::digest:
                return found_in(sessions, lookup.digest, Errc::session_not_found);
            case Lookup::By::email: return found_in(by_email, folded);
            case Lookup::By::login: break;
        }
        auto user = found_in(by_email, folded);
        return user ? std::move(user) : found_in(by_username, folded);
    }
};

}  // namespace

std::vector<LookupAnswer> answer_lookups(Connection& connection, std::span<const Lookup> lookups) {
    const Questions questions = questions_of(lookups);
    using Take = void (Found::*)(const Rows&);
    std::vector<Take> expected;
    const auto ask = [&](const std::string& sql, const Array& keys, Take take) {
        if (keys.is_empty()) return;
        Params params;
        params.add(keys.text());
        connection.send(sql, params);
        expected.push_back(take);
    };
    ask(users_by_id(), questions.ids, &Found::take_users);
    ask(users_by_login(), questions.logins, &Found::take_logins);
    ask(kAuthStates, questions.states, &Found::take_states);
    ask(sessions_by_digest(), questions.digests, &Found::take_sessions);
    Found found;
    if (!expected.empty()) {
        const std::vector<Rows> rows = connection.finish(kReadPatience);
        for (std::size_t i = 0; i < expected.size(); ++i)
            (found.*expected[i])(rows[i]);
    }
    std::vector<LookupAnswer> answers;
    answers.reserve(lookups.size());
    for (const Lookup& lookup : lookups)
        answers.push_back(found.answer_to(lookup));
    return answers;
}

bool is_text(const Write& write) noexcept {
    if (const auto* made = std::get_if<CreateUser>(&write))
        return is_text(made->email) && is_text(made->password_hash.reveal());
    const auto* update = std::get_if<UpdateUser>(&write);
    return update == nullptr ||
           ((!update->email || is_text(*update->email)) &&
            (!update->password_hash || is_text(update->password_hash->reveal())));
}

bool is_text(const SessionWrite& write) noexcept {
    if (const auto* opened = std::get_if<CreateSession>(&write))
        return is_text(opened->session.label) && is_text(opened->session.address) &&
               is_text(opened->session.user_agent);
    if (const auto* limits = std::get_if<DecideLimits>(&write))
        return std::all_of(limits->keys.begin(), limits->keys.end(),
                           [](const std::string& key) { return is_text(key); });
    const auto* saved = std::get_if<SaveLimiterRecords>(&write);
    return saved == nullptr ||
           std::all_of(saved->records.begin(), saved->records.end(),
                       [](const auto& one) { return is_text(one.key) && is_text(one.state); });
}

// The row of the store is locked by a statement of its own: the ones that follow see what the
// transaction before it committed.
PrefetchedUsers::PrefetchedUsers(Connection& connection, std::span<const Write> batch) {
    Array ids;
    Array erased;
    Array logins;
    for (const Write& write : batch) {
        if (const auto* made = std::get_if<CreateUser>(&write)) {
            add_login(logins, made->email);
            add_login(logins, made->profile.username);
        } else if (const auto* update = std::get_if<UpdateUser>(&write)) {
            add_id(ids, update->id);
            if (update->email) add_login(logins, *update->email);
            if (update->profile.username) add_login(logins, *update->profile.username);
        } else {
            add_id(ids, std::get<EraseUser>(write).id);
            add_id(erased, std::get<EraseUser>(write).id);
        }
    }
    Params by_id;
    by_id.add(ids.text());
    Params by_login;
    by_login.add(logins.text());
    Params by_user;
    by_user.add(erased.text());
    connection.send(
        "SELECT revision, next_user_id, users, admins FROM store WHERE is_only FOR NO KEY UPDATE");
    connection.send(users_by_id() + " ORDER BY id FOR NO KEY UPDATE", by_id);
    connection.send(
        "SELECT id, email_folded, username_folded FROM users WHERE email_folded = ANY($1::text[]) "
        "OR username_folded = ANY($1::text[])",
        by_login);
    connection.send(
        "SELECT user_id, count(*) FROM sessions WHERE user_id = ANY($1::bigint[]) AND ended_at IS "
        "NULL GROUP BY user_id",
        by_user);
    const std::vector<Rows> rows = connection.finish(kPrefetchPatience);
    const auto* last = &*rows.end() - 4;
    if (last[0].size() != 1) throw std::runtime_error("the table store has no row");
    totals_ = {last[0].count(0, 0), last[0].count(0, 1), last[0].count(0, 3)};
    users_in_store_ = last[0].count(0, 2);
    for (User& user : read_users(last[1]))
        users_.emplace(user.id, std::move(user));
    for (int row = 0; row < last[2].size(); ++row)
        for (const int column : {1, 2})
            if (!last[2].is_null(row, column))
                holders_.emplace(last[2].text(row, column), last[2].count(row, 0));
    for (int row = 0; row < last[3].size(); ++row)
        sessions_.emplace(last[3].count(row, 0), last[3].count(row, 1));
}

std::optional<User> PrefetchedUsers::user(UserId id) const {
    const auto found = users_.find(id);
    if (found == users_.end()) return std::nullopt;
    return found->second;
}

std::optional<UserId> PrefetchedUsers::holder_of(std::string_view login) const {
    const auto found = holders_.find(fold_email(login));
    if (found == holders_.end()) return std::nullopt;
    return found->second;
}

UserTotals PrefetchedUsers::totals() const {
    return totals_;
}

std::uint64_t PrefetchedUsers::sessions_of(UserId user) const {
    const auto found = sessions_.find(user);
    return found == sessions_.end() ? 0 : found->second;
}

void PrefetchedSessions::reserve_ids(Connection& connection, std::span<const SessionWrite> batch) {
    const auto opened = std::count_if(batch.begin(), batch.end(), [](const SessionWrite& write) {
        return std::holds_alternative<CreateSession>(write);
    });
    Params params;
    params.add(opened);
    // A session that is durable makes this row durable, too: it was written before.
    connection.send("SELECT set_config('synchronous_commit', 'off', true)");
    if (opened == 0)
        connection.send("SELECT next FROM session_ids WHERE is_only");
    else
        connection.send(
            "UPDATE session_ids SET next = next + $1::bigint WHERE is_only RETURNING next - "
            "$1::bigint",
            params);
    connection.sync();
}

PrefetchedSessions::PrefetchedSessions(Connection& connection,
                                       std::span<const SessionWrite> batch) {
    Array users;
    // Sessions; those whose users' other sessions are looked at, too.
    Array ids;
    Array ended;
    std::set<std::string> keys;
    for (const SessionWrite& write : batch) {
        if (const auto* opened = std::get_if<CreateSession>(&write)) {
            add_id(users, opened->session.user);
            if (opened->session.parent != 0) add_id(ids, opened->session.parent);
        } else if (const auto* touched = std::get_if<TouchSessions>(&write)) {
            for (const TouchSessions::Seen& seen : touched->seen)
                add_id(ids, seen.id);
        } else if (const auto* renewed = std::get_if<RenewSession>(&write)) {
            add_id(ended, renewed->id);
        } else if (const auto* some = std::get_if<EndSessions>(&write)) {
            for (const SessionId id : some->ids)
                add_id(ended, id);
        } else if (const auto* all = std::get_if<EndSessionsOf>(&write)) {
            add_id(users, all->user);
        } else if (const auto* logins = std::get_if<RecordLogins>(&write)) {
            for (const RecordLogins::Login& login : logins->logins)
                add_id(users, login.user);
        } else if (const auto* saved = std::get_if<SaveLimiterRecords>(&write)) {
            for (const LimiterRecord& record : saved->records)
                keys.insert(record.key);
        } else if (const auto* limits = std::get_if<DecideLimits>(&write)) {
            keys.insert(limits->keys.begin(), limits->keys.end());
        }
    }
    Params of_users;
    of_users.add(users.text()).add(ended.text());
    Params of_sessions;
    of_sessions.add(ids.text()).add(users.text()).add(ended.text());
    Array sorted_keys;
    for (const std::string& key : keys)
        if (is_text(key)) sorted_keys.add(key);
    Params of_keys;
    of_keys.add(sorted_keys.text());
    connection.send(
        "SELECT id FROM users WHERE id IN (SELECT unnest($1::bigint[]) UNION SELECT user_id FROM "
        "sessions WHERE id = ANY($2::bigint[])) ORDER BY id FOR NO KEY UPDATE",
        of_users);
    connection.send(
        select_sessions("WHERE ended_at IS NULL AND id IN (SELECT unnest($1::bigint[]) UNION "
                        "SELECT id FROM sessions WHERE user_id = ANY($2::bigint[]) UNION SELECT "
                        "one.id FROM sessions one JOIN sessions other USING (user_id) WHERE "
                        "other.id = ANY($3::bigint[]))"),
        of_sessions);
    // In order of the keys, also of those without a record, so that none is decided on twice.
    connection.send(
        "INSERT INTO throttle (key, state, until) SELECT key, '', 0 FROM unnest($1::text[]) AS t "
        "(key) ON CONFLICT (key) DO UPDATE SET state = throttle.state RETURNING key, state, until",
        of_keys);
    const std::vector<Rows> rows = connection.finish(kPrefetchPatience);
    next_id_ = rows[1].count(0, 0);
    const auto* last = &*rows.end() - 3;
    for (int row = 0; row < last[0].size(); ++row)
        users_.insert(last[0].count(row, 0));
    for (Session& session : read_sessions(last[1]))
        sessions_.emplace(session.id, std::move(session));
    for (LimiterRecord& record : read_limiter_records(last[2]))
        if (!record.state.empty()) records_.emplace(record.key, std::move(record));
}

std::optional<LimiterRecord> PrefetchedSessions::limiter_record(const std::string& key) const {
    const auto found = records_.find(key);
    if (found == records_.end()) return std::nullopt;
    return found->second;
}

std::optional<Session> PrefetchedSessions::find(SessionId id) const {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return std::nullopt;
    return found->second;
}

std::vector<SessionId> PrefetchedSessions::ids_of(UserId user) const {
    std::vector<SessionId> ids;
    for (const auto& [id, session] : sessions_)
        if (session.user == user) ids.push_back(id);
    return ids;
}

}  // namespace roster::storage::postgres
