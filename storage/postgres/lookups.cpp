#include "storage/postgres/lookups.hpp"

#include "core/json/user_json.hpp"
#include "storage/postgres/cluster.hpp"
#include "storage/postgres/questions.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <map>
#include <optional>
#include <utility>

namespace roster::storage::postgres {
namespace {

const std::string& users_by_login() {
    static const std::string sql = select_users("WHERE email_folded = ANY($1::text[])") +
                                   " UNION ALL " +
                                   select_users("WHERE username_folded = ANY($1::text[])");
    return sql;
}

constexpr const char* kAuthStates =
    "SELECT id, role, disabled, credentials_revision, created_at FROM users WHERE id = "
    "ANY($1::bigint[])";

// With their users. Of a session that was ended and one that was not, the latter counts.
const std::string& sessions_by_digest() {
    static const std::string sql =
        "SELECT found.*, owners.* FROM (SELECT " + std::string(kSessionColumns) +
        ", ended_at IS NOT NULL AS is_ended FROM sessions WHERE digest = ANY($1::bytea[])) AS "
        "found LEFT JOIN (" +
        select_users("") +
        ") AS owners ON owners.id = found.user_id ORDER BY is_ended DESC, found.id";
    return sql;
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
            std::optional<User> owner;
            if (!rows.is_null(row, kEnded + 1)) owner = read_user(rows, row, kEnded + 1);
            const bool is_ended = rows.flag(row, kEnded) || !owner;
            sessions.insert_or_assign(
                digest, ProvenSession(std::move(session), is_ended, std::move(owner)));
        }
    }

    LookupAnswer answer_to(const Lookup& lookup) const {
        const std::string folded = fold_email(lookup.login);
        switch (lookup.by) {
            case Lookup::By::id: return found_in(by_id, lookup.id);
            case Lookup::By::auth_state: return found_in(states, lookup.id);
            case Lookup::By::digest:
                return found_in(sessions, lookup.digest, Errc::session_not_found);
            case Lookup::By::login: break;
        }
        auto user = found_in(by_email, folded);
        return user ? std::move(user) : found_in(by_username, folded);
    }
};

}  // namespace

const std::string& users_by_id() {
    static const std::string sql = select_users("WHERE id = ANY($1::bigint[])");
    return sql;
}

std::vector<LookupAnswer> answer_lookups(Connection& connection, std::span<const Lookup> lookups) {
    Array ids;
    Array logins;
    Array states;
    Array digests;
    for (const Lookup& lookup : lookups) {
        switch (lookup.by) {
            case Lookup::By::id: add_id(ids, lookup.id); break;
            case Lookup::By::auth_state: add_id(states, lookup.id); break;
            case Lookup::By::digest: digests.add("\\x" + hex_of(lookup.digest)); break;
            case Lookup::By::login: add_login(logins, lookup.login); break;
        }
    }
    Found found;
    Questions questions(connection);
    questions.ask(ids, users_by_id(), [&](const Rows& rows) { found.take_users(rows); });
    questions.ask(logins, users_by_login(), [&](const Rows& rows) { found.take_logins(rows); });
    questions.ask(states, kAuthStates, [&](const Rows& rows) { found.take_states(rows); });
    questions.ask(digests, sessions_by_digest(),
                  [&](const Rows& rows) { found.take_sessions(rows); });
    (void)questions.finish(kReadPatience);
    std::vector<LookupAnswer> answers;
    answers.reserve(lookups.size());
    for (const Lookup& lookup : lookups)
        answers.push_back(found.answer_to(lookup));
    return answers;
}

}  // namespace roster::storage::postgres
