#include "storage/sqlite/rows.hpp"

#include "core/json/raw_json.hpp"
#include "core/user_profile.hpp"
#include "storage/core/search_sql.hpp"

#include <SQLiteCpp/Transaction.h>

#include <string>
#include <utility>
#include <variant>

namespace roster::storage {
namespace {

// In this order wherever a user is read or written.
#define ROSTER_USER_COLUMNS                                                           \
    "id, email, password_hash, role, disabled, created_at, updated_at, revision, "    \
    "credentials_revision, metadata, email_folded, username, username_folded, name, " \
    "group_names, email_verified_at, locale, last_login_at"

constexpr std::string_view kById = "SELECT " ROSTER_USER_COLUMNS " FROM users WHERE id = ?";
constexpr std::string_view kByEmail =
    "SELECT " ROSTER_USER_COLUMNS " FROM users WHERE email_folded = ?";
constexpr std::string_view kByUsername =
    "SELECT " ROSTER_USER_COLUMNS " FROM users WHERE username_folded = ?";
constexpr std::string_view kPage =
    "SELECT " ROSTER_USER_COLUMNS " FROM users WHERE id > ? ORDER BY id LIMIT ?";
constexpr std::string_view kAll = "SELECT " ROSTER_USER_COLUMNS " FROM users ORDER BY id";
constexpr std::string_view kSearch = "SELECT " ROSTER_USER_COLUMNS " FROM users";
constexpr std::string_view kInsert = "INSERT INTO users (" ROSTER_USER_COLUMNS
                                     ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                                     "?, ?, ?, ?, ?, ?, ?)";
// Without the columns that have an index or a reference to them, which SQLite would check each
// time.
constexpr std::string_view kUpdate =
    "UPDATE users SET (password_hash, role, disabled, updated_at, revision, credentials_revision, "
    "metadata, name, group_names, email_verified_at, locale) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "WHERE id = ?";
constexpr std::string_view kUpdateLogins =
    "UPDATE users SET (email, email_folded, username, username_folded) = (?, ?, ?, ?) WHERE id = ?";

#undef ROSTER_USER_COLUMNS

// The rows of the table meta that are totals of the store.
constexpr std::pair<std::string_view, std::uint64_t StoreTotals::*> kNumbers[] = {
    {"revision", &StoreTotals::revision},
    {"next_user_id", &StoreTotals::next_user_id},
    {"next_session_id", &StoreTotals::next_session_id},
};

// The schema allows only the two; a damaged page may say something else.
Role role_of(UserId id, std::string_view text) {
    const auto role = parse_role(text);
    if (!role) throw UnreadableRow("user " + std::to_string(id) + " has an unknown role");
    return *role;
}

// SQL may have put any JSON there; the caller gets it compact.
std::string metadata_of(UserId id, std::string_view text) {
    auto compact = compact_metadata(text);
    if (auto* metadata = std::get_if<std::string>(&compact)) return std::move(*metadata);
    throw UnreadableRow("the metadata of user " + std::to_string(id) +
                        " cannot be read: " + std::get<Diagnostic>(compact).text);
}

std::optional<std::string> or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

// SQL may have put any text there.
std::vector<std::string> groups_of(UserId id, std::string_view text) {
    auto groups = parse_groups(text);
    if (!groups) throw UnreadableRow("user " + std::to_string(id) + " has invalid groups");
    return std::move(*groups);
}

User read_user(const Query& row) {
    User user;
    user.id = row.count(0);
    user.email = row.text(1);
    user.password_hash = Secret(row.text(2));
    user.role = role_of(user.id, row.text(3));
    user.disabled = row.number(4) != 0;
    user.created_at = row.time(5);
    user.updated_at = row.time(6);
    user.revision = row.count(7);
    user.credentials_revision = row.count(8);
    user.metadata = metadata_of(user.id, row.text(9));
    user.profile.username = row.text(11);
    user.profile.name = row.text(13);
    user.profile.groups = groups_of(user.id, row.text(14));
    user.profile.email_verified_at = row.optional_time(15);
    user.profile.locale = row.text(16);
    user.last_login_at = row.optional_time(17);
    return user;
}

std::optional<User> read_first(Query& query) {
    if (!query.step()) return std::nullopt;
    return read_user(query);
}

const SqlDialect kSqliteSql{
    .place_of = "instr",
    .parameter = [](std::size_t) { return std::string("?"); },
};

// Searches are too many different statements to keep prepared.
template <class Take>
void run_search(Connection& connection, const std::string& sql, const SearchSql& search,
                Take take) {
    SQLite::Statement statement(connection, sql);
    Query rows(statement);
    for (const std::string& text : search.texts())
        rows.bind(text);
    while (rows.step())
        take(rows);
}

}  // namespace

std::optional<User> find_user(Connection& connection, UserId id) {
    Query query = connection.query(kById, id);
    return read_first(query);
}

std::optional<User> find_user_by_login(Connection& connection, std::string_view login) {
    const std::string folded = fold_email(login);
    Query by_email = connection.query(kByEmail, folded);
    if (auto user = read_first(by_email)) return user;
    Query by_username = connection.query(kByUsername, folded);
    return read_first(by_username);
}

std::optional<UserId> find_holder(Connection& connection, std::string_view login) {
    const std::string folded = fold_email(login);
    Query query = connection.query(
        "SELECT id FROM users WHERE email_folded = ? "
        "UNION ALL SELECT id FROM users WHERE username_folded = ?",
        folded, folded);
    if (!query.step()) return std::nullopt;
    return query.count(0);
}

std::vector<User> list_users(Connection& connection, UserId after, std::size_t limit) {
    std::vector<User> users;
    Query query = connection.query(kPage, after, limit);
    while (query.step())
        users.push_back(read_user(query));
    return users;
}

result<UserPage> search_users(Connection& connection, const UserQuery& query) {
    const auto start = start_of(query);
    if (!start) return start.error();
    const SQLite::Transaction moment(connection);
    SearchSql search(query, kSqliteSql);
    UserPage page;
    if (query.total)
        run_search(connection, "SELECT count(*) FROM users WHERE " + search.condition(), search,
                   [&page](const Query& row) { page.total = row.count(0); });
    if (*start) search.begin_after(**start);
    std::string sql(kSearch);
    sql.append(" WHERE ").append(search.condition()).append(search.order_and_limit());
    run_search(connection, sql, search,
               [&page](const Query& row) { page.users.push_back(read_user(row)); });
    finish_page(page, query);
    return page;
}

void read_users(Connection& connection,
                const std::function<void(const User&, const FoldedLogins&)>& take) {
    Query query = connection.query(kAll);
    while (query.step())
        take(read_user(query), FoldedLogins{query.text(10), query.text(12)});
}

void read_auth_states(Connection& connection,
                      const std::function<void(UserId, const AuthState&)>& take) {
    Query query = connection.query(
        "SELECT id, role, disabled, credentials_revision, created_at FROM users ORDER BY id");
    while (query.step()) {
        AuthState auth_state;
        auth_state.role = role_of(query.count(0), query.text(1));
        auth_state.disabled = query.number(2) != 0;
        auth_state.credentials_revision = query.count(3);
        auth_state.created_at = query.time(4);
        take(query.count(0), auth_state);
    }
}

void insert_user(Connection& connection, const User& user) {
    const UserProfile& profile = user.profile;
    connection.run(kInsert, user.id, user.email, user.password_hash.reveal(), to_string(user.role),
                   user.disabled, user.created_at, user.updated_at, user.revision,
                   user.credentials_revision, user.metadata, fold_email(user.email),
                   or_null(profile.username), or_null(fold_email(profile.username)), profile.name,
                   join_groups(profile.groups), profile.email_verified_at, profile.locale,
                   user.last_login_at);
}

void write_change(Connection& connection, const UserChange& change) {
    if (!change.after) {
        connection.run("DELETE FROM users WHERE id = ?", change.id);
        return;
    }
    const User& user = *change.after;
    if (change.is_new) return insert_user(connection, user);
    connection.run(kUpdate, user.password_hash.reveal(), to_string(user.role), user.disabled,
                   user.updated_at, user.revision, user.credentials_revision, user.metadata,
                   user.profile.name, join_groups(user.profile.groups),
                   user.profile.email_verified_at, user.profile.locale, user.id);
    if (change.has_new_login)
        connection.run(kUpdateLogins, user.email, fold_email(user.email),
                       or_null(user.profile.username), or_null(fold_email(user.profile.username)),
                       user.id);
}

std::uint64_t read_meta(Connection& connection, std::string_view name) {
    Query query = connection.query("SELECT value FROM meta WHERE name = ?", name);
    if (!query.step())
        throw std::runtime_error("the table meta has no \"" + std::string(name) + "\"");
    return query.count(0);
}

void write_meta(Connection& connection, std::string_view name, std::uint64_t value) {
    connection.run("UPDATE meta SET value = ? WHERE name = ?", value, name);
}

StoreTotals read_totals(Connection& connection) {
    StoreTotals totals;
    totals.users = static_cast<std::uint64_t>(connection.number("SELECT count(*) FROM users"));
    totals.sessions =
        static_cast<std::uint64_t>(connection.number("SELECT count(*) FROM sessions"));
    for (const auto& [name, number] : kNumbers)
        totals.*number = read_meta(connection, name);
    return totals;
}

StoreStatus read_status(Connection& connection) {
    const SQLite::Transaction moment(connection);
    const auto admins = static_cast<std::uint64_t>(
        connection.number("SELECT count(*) FROM users WHERE role = 'admin' AND disabled = 0"));
    return status_of(read_totals(connection), admins);
}

StoreStatus status_of(const StoreTotals& totals, std::uint64_t admins) {
    StoreStatus status;
    status.users = totals.users;
    status.admins = admins;
    status.sessions = totals.sessions;
    status.revision = totals.revision;
    return status;
}

void write_totals(Connection& connection, const StoreTotals& before, const StoreTotals& after) {
    for (const auto& [name, number] : kNumbers)
        if (after.*number != before.*number) write_meta(connection, name, after.*number);
}

}  // namespace roster::storage
