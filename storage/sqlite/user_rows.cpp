#include "storage/sqlite/user_rows.hpp"

#include "storage/core/metadata.hpp"

#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace roster::storage {
namespace {

// In this order wherever a user is read or written.
#define ROSTER_USER_COLUMNS                                                        \
    "id, email, password_hash, role, disabled, created_at, updated_at, revision, " \
    "credentials_revision, metadata"

constexpr std::string_view kById = "SELECT " ROSTER_USER_COLUMNS " FROM users WHERE id = ?";
constexpr std::string_view kByEmail =
    "SELECT " ROSTER_USER_COLUMNS " FROM users WHERE email_folded = ?";
constexpr std::string_view kPage =
    "SELECT " ROSTER_USER_COLUMNS " FROM users WHERE id > ? ORDER BY id LIMIT ?";
constexpr std::string_view kAll =
    "SELECT " ROSTER_USER_COLUMNS ", email_folded FROM users ORDER BY id";
constexpr std::string_view kInsert = "INSERT INTO users (" ROSTER_USER_COLUMNS
                                     ", email_folded) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
// No column that has an index or that others refer to: those would be looked after each time.
constexpr std::string_view kUpdate =
    "UPDATE users SET (password_hash, updated_at, revision, credentials_revision, metadata) = "
    "(?, ?, ?, ?, ?) WHERE id = ?";
constexpr std::string_view kReclass = "UPDATE users SET (role, disabled) = (?, ?) WHERE id = ?";
constexpr std::string_view kRename = "UPDATE users SET (email, email_folded) = (?, ?) WHERE id = ?";

#undef ROSTER_USER_COLUMNS

// What no row can have, SQLite would read as a negative number.
bool is_possible(UserId id) noexcept {
    return id <= static_cast<UserId>(std::numeric_limits<std::int64_t>::max());
}

// Anything but the two is kept out by the schema; a damaged page may say it all the same.
Role role_of(UserId id, std::string_view text) {
    const auto role = parse_role(text);
    if (!role) throw UnreadableRow("user " + std::to_string(id) + " has no role that is known");
    return *role;
}

// SQL may have put any JSON here; whoever asks roster gets it compact.
std::string metadata_of(UserId id, std::string_view text) {
    auto compact = compact_metadata(text);
    if (auto* metadata = std::get_if<std::string>(&compact)) return std::move(*metadata);
    throw UnreadableRow("the metadata of user " + std::to_string(id) +
                        " cannot be read: " + std::get<MetadataProblem>(compact).text);
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
    return user;
}

void update_user(Connection& connection, const User& user) {
    connection.query(kUpdate)
        .bind(user.password_hash.reveal())
        .bind(user.updated_at)
        .bind(user.revision)
        .bind(user.credentials_revision)
        .bind(user.metadata)
        .bind(user.id)
        .run();
}

void reclass_user(Connection& connection, const User& user) {
    connection.query(kReclass).bind(to_string(user.role)).bind(user.disabled).bind(user.id).run();
}

void rename_user(Connection& connection, const User& user) {
    connection.query(kRename).bind(user.email).bind(fold_email(user.email)).bind(user.id).run();
}

}  // namespace

std::optional<User> find_user(Connection& connection, UserId id) {
    if (!is_possible(id)) return std::nullopt;
    Query query = connection.query(kById);
    query.bind(id);
    if (!query.step()) return std::nullopt;
    return read_user(query);
}

std::optional<User> find_user_by_email(Connection& connection, std::string_view email) {
    Query query = connection.query(kByEmail);
    query.bind(fold_email(email));
    if (!query.step()) return std::nullopt;
    return read_user(query);
}

std::vector<User> list_users(Connection& connection, UserId after, std::size_t limit) {
    std::vector<User> users;
    if (!is_possible(after)) return users;
    Query query = connection.query(kPage);
    query.bind(after).bind(static_cast<std::uint64_t>(
        std::min<std::size_t>(limit, std::numeric_limits<std::int32_t>::max())));
    while (query.step())
        users.push_back(read_user(query));
    return users;
}

void read_users(Connection& connection,
                const std::function<void(const User&, std::string_view email_folded)>& take) {
    Query query = connection.query(kAll);
    while (query.step())
        take(read_user(query), query.text(10));
}

void read_standings(Connection& connection,
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

AuthState standing_of(const User& user) noexcept {
    AuthState auth_state;
    auth_state.role = user.role;
    auth_state.disabled = user.disabled;
    auth_state.credentials_revision = user.credentials_revision;
    auth_state.created_at = user.created_at;
    return auth_state;
}

void insert_user(Connection& connection, const User& user) {
    connection.query(kInsert)
        .bind(user.id)
        .bind(user.email)
        .bind(user.password_hash.reveal())
        .bind(to_string(user.role))
        .bind(user.disabled)
        .bind(user.created_at)
        .bind(user.updated_at)
        .bind(user.revision)
        .bind(user.credentials_revision)
        .bind(user.metadata)
        .bind(fold_email(user.email))
        .run();
}

void write_change(Connection& connection, const UserChange& change) {
    if (!change.after) {
        connection.query("DELETE FROM users WHERE id = ?").bind(change.id).run();
        return;
    }
    if (change.is_new) return insert_user(connection, *change.after);
    update_user(connection, *change.after);
    if (change.has_new_class) reclass_user(connection, *change.after);
    if (change.has_new_email) rename_user(connection, *change.after);
}

std::uint64_t read_meta(Connection& connection, std::string_view name) {
    Query query = connection.query("SELECT value FROM meta WHERE name = ?");
    query.bind(name);
    if (!query.step())
        throw std::runtime_error("the table meta has no \"" + std::string(name) + "\"");
    return query.count(0);
}

void write_meta(Connection& connection, std::string_view name, std::uint64_t value) {
    Query query = connection.query("UPDATE meta SET value = ? WHERE name = ?");
    query.bind(value).bind(name).run();
}

std::optional<User> UserRows::user(UserId id) const {
    return find_user(connection_, id);
}

std::optional<UserId> UserRows::holder_of(std::string_view email) const {
    Query query = connection_.query("SELECT id FROM users WHERE email_folded = ?");
    query.bind(fold_email(email));
    if (!query.step()) return std::nullopt;
    return query.count(0);
}

}  // namespace roster::storage
