#include "storage/postgres/prefetch.hpp"

#include "core/json/user_json.hpp"
#include "storage/postgres/lookups.hpp"
#include "storage/postgres/questions.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

namespace roster::storage::postgres {
namespace {

// Longer than a connection waits for a lock.
constexpr auto kPrefetchPatience = std::chrono::milliseconds(1500);

template <class Map>
auto value_in(const Map& map, const typename Map::key_type& key)
    -> std::optional<typename Map::mapped_type> {
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return found->second;
}

std::int64_t opened_in(std::span<const SessionWrite> batch) {
    return std::count_if(batch.begin(), batch.end(), [](const SessionWrite& write) {
        return std::holds_alternative<CreateSession>(write);
    });
}

// What a batch of session writes is about.
struct SessionKeys {
    // Whose sessions are all looked at.
    Array users;
    Array sessions;
    // Sessions of whose users all others are looked at, too.
    Array with_others;
    std::set<std::string> records;

    void operator()(const CreateSession& opened) {
        add_id(users, opened.session.user);
        if (opened.session.parent != 0) add_id(sessions, opened.session.parent);
    }
    void operator()(const TouchSessions& touched) {
        for (const TouchSessions::Seen& seen : touched.seen)
            add_id(sessions, seen.id);
    }
    void operator()(const RenewSession& renewed) { add_id(with_others, renewed.id); }
    void operator()(const EndSessions& some) {
        for (const SessionId id : some.ids)
            add_id(with_others, id);
    }
    void operator()(const EndSessionsOf& all) { add_id(users, all.user); }
    void operator()(const RecordLogins& recorded) {
        for (const RecordLogins::Login& login : recorded.logins)
            add_id(users, login.user);
    }
    void operator()(const SaveLimiterRecords& saved) {
        for (const LimiterRecord& record : saved.records)
            records.insert(record.key);
    }
    void operator()(const DecideLimits& limits) {
        records.insert(limits.keys.begin(), limits.keys.end());
    }
};

}  // namespace

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
    Questions questions(connection);
    questions.ask(
        "SELECT revision, next_user_id, users, admins FROM store WHERE is_only FOR NO KEY UPDATE",
        {}, [this](const Rows& rows) {
            if (rows.size() != 1) throw std::runtime_error("the table store has no row");
            totals_ = {rows.count(0, 0), rows.count(0, 1), rows.count(0, 3)};
            users_in_store_ = rows.count(0, 2);
        });
    questions.ask(ids, users_by_id() + " ORDER BY id FOR NO KEY UPDATE", [this](const Rows& rows) {
        for (User& user : read_users(rows))
            users_.emplace(user.id, std::move(user));
    });
    questions.ask(logins,
                  "SELECT id, email_folded, username_folded FROM users WHERE email_folded = "
                  "ANY($1::text[]) OR username_folded = ANY($1::text[])",
                  [this](const Rows& rows) {
                      for (int row = 0; row < rows.size(); ++row)
                          for (const int column : {1, 2})
                              if (!rows.is_null(row, column))
                                  holders_.emplace(rows.text(row, column), rows.count(row, 0));
                  });
    questions.ask(erased,
                  "SELECT user_id, count(*) FROM sessions WHERE user_id = ANY($1::bigint[]) AND "
                  "ended_at IS NULL GROUP BY user_id",
                  [this](const Rows& rows) {
                      for (int row = 0; row < rows.size(); ++row)
                          sessions_.emplace(rows.count(row, 0), rows.count(row, 1));
                  });
    (void)questions.finish(kPrefetchPatience);
}

std::optional<User> PrefetchedUsers::user(UserId id) const {
    return value_in(users_, id);
}

std::optional<UserId> PrefetchedUsers::holder_of(std::string_view login) const {
    return value_in(holders_, fold_email(login));
}

std::uint64_t PrefetchedUsers::sessions_of(UserId user) const {
    return value_in(sessions_, user).value_or(0);
}

void PrefetchedSessions::reserve_ids(Connection& connection, std::span<const SessionWrite> batch) {
    Params opened;
    opened.add(opened_in(batch));
    if (opened_in(batch) == 0) return;
    // A session that is durable makes this row durable, too: it was written before.
    connection.send("SELECT set_config('synchronous_commit', 'off', true)");
    connection.send(
        "UPDATE session_ids SET next = next + $1::bigint WHERE is_only RETURNING next - $1::bigint",
        opened);
    connection.sync();
}

PrefetchedSessions::PrefetchedSessions(Connection& connection,
                                       std::span<const SessionWrite> batch) {
    SessionKeys keys;
    for (const SessionWrite& write : batch)
        std::visit(keys, write);
    Array records;
    for (const std::string& key : keys.records)
        if (is_text(key)) records.add(key);
    Questions questions(connection);
    const bool has_users = !keys.users.is_empty() || !keys.with_others.is_empty();
    Params of_users;
    of_users.add(keys.users.text()).add(keys.with_others.text());
    if (has_users)
        questions.ask(
            "SELECT id FROM users WHERE id IN (SELECT unnest($1::bigint[]) UNION SELECT user_id "
            "FROM sessions WHERE id = ANY($2::bigint[])) ORDER BY id FOR NO KEY UPDATE",
            of_users, [this](const Rows& rows) {
                for (int row = 0; row < rows.size(); ++row)
                    users_.insert(rows.count(row, 0));
            });
    Params of_sessions;
    of_sessions.add(keys.sessions.text()).add(keys.users.text()).add(keys.with_others.text());
    if (!keys.sessions.is_empty() || has_users)
        questions.ask(
            select_sessions("WHERE ended_at IS NULL AND id IN (SELECT unnest($1::bigint[]) UNION "
                            "SELECT id FROM sessions WHERE user_id = ANY($2::bigint[]) UNION "
                            "SELECT one.id FROM sessions one JOIN sessions other USING (user_id) "
                            "WHERE other.id = ANY($3::bigint[]))"),
            of_sessions, [this](const Rows& rows) {
                for (Session& session : read_sessions(rows))
                    sessions_.emplace(session.id, std::move(session));
            });
    // In order of the keys, also of those without a record, so that none is decided on twice.
    questions.ask(records,
                  "INSERT INTO throttle (key, state, until) SELECT key, '', 0 FROM "
                  "unnest($1::text[]) AS t (key) ON CONFLICT (key) DO UPDATE SET state = "
                  "throttle.state RETURNING key, state, until, "
                  "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
                  [this](const Rows& rows) {
                      for (int row = 0; row < rows.size(); ++row)
                          now_ = std::max(now_.value_or(Time()),
                                          Time(Time::duration(rows.number(row, 3))));
                      for (LimiterRecord& record : read_limiter_records(rows))
                          if (!record.state.empty())
                              records_.emplace(record.key, std::move(record));
                  });
    const std::vector<Rows> before = questions.finish(kPrefetchPatience);
    // Without a question nothing is read: then no session is of a user whose id can exist.
    if (opened_in(batch) > 0 && !before.empty()) next_id_ = before[1].count(0, 0);
}

std::optional<LimiterRecord> PrefetchedSessions::limiter_record(const std::string& key) const {
    return value_in(records_, key);
}

std::optional<Session> PrefetchedSessions::find(SessionId id) const {
    return value_in(sessions_, id);
}

std::vector<SessionId> PrefetchedSessions::ids_of(UserId user) const {
    std::vector<SessionId> ids;
    for (const auto& [id, session] : sessions_)
        if (session.user == user) ids.push_back(id);
    return ids;
}

}  // namespace roster::storage::postgres
