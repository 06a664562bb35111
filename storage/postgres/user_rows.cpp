#include "storage/postgres/rows.hpp"

#include "core/json/raw_json.hpp"
#include "core/text.hpp"
#include "core/user_profile.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

namespace roster::storage::postgres {
namespace {

std::optional<std::chrono::sys_seconds> optional_time(const Rows& rows, int row, int column) {
    if (rows.is_null(row, column)) return std::nullopt;
    return rows.time(row, column);
}

[[noreturn]] void throw_unreadable(UserId id, const char* what) {
    throw std::runtime_error("user " + std::to_string(id) + " has invalid " + what);
}

// The columns of `kUserColumns`, as arrays.
class UserArrays {
  public:
    void add(const User& user) {
        const UserProfile& profile = user.profile;
        std::size_t i = 0;
        arrays_[i++].add(user.id);
        arrays_[i++].add(user.email);
        arrays_[i++].add(user.password_hash.reveal());
        arrays_[i++].add(to_string(user.role));
        arrays_[i++].add(user.disabled ? "t" : "f");
        arrays_[i++].add(user.created_at);
        arrays_[i++].add(user.updated_at);
        arrays_[i++].add(user.revision);
        arrays_[i++].add(user.credentials_revision);
        arrays_[i++].add(user.metadata);
        arrays_[i++].add(text_or_null(profile.username));
        arrays_[i++].add(profile.name);
        arrays_[i++].add(join_groups(profile.groups));
        arrays_[i++].add(profile.email_verified_at);
        arrays_[i++].add(profile.locale);
        arrays_[i++].add(user.last_login_at);
    }

    Params params() const {
        Params params;
        for (const Array& array : arrays_)
            params.add(array.text());
        return params;
    }

  private:
    static std::optional<std::string_view> text_or_null(const std::string& text) {
        if (text.empty()) return std::nullopt;
        return text;
    }

    std::array<Array, 16> arrays_;
};

// Without last_login_at and created_at: log-ins are recorded on another connection.
const std::string& upsert_sql() {
    static const std::string sql =
        "INSERT INTO users (" + std::string(kUserColumns) +
        ") SELECT a, b, c, d, e, f, g, h, i, j::json, k, l, m, n, o, p FROM unnest($1::bigint[], "
        "$2::text[], $3::text[], $4::text[], $5::boolean[], $6::bigint[], $7::bigint[], "
        "$8::bigint[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::text[], "
        "$14::bigint[], $15::text[], $16::bigint[]) AS t (a, b, c, d, e, f, g, h, i, j, k, l, m, "
        "n, o, p) ON CONFLICT (id) DO UPDATE SET email = excluded.email, password_hash = "
        "excluded.password_hash, role = excluded.role, disabled = excluded.disabled, updated_at = "
        "excluded.updated_at, revision = excluded.revision, credentials_revision = "
        "excluded.credentials_revision, metadata = excluded.metadata, username = "
        "excluded.username, name = excluded.name, group_names = excluded.group_names, "
        "email_verified_at = excluded.email_verified_at, locale = excluded.locale";
    return sql;
}

}  // namespace

std::string select_users(std::string_view rest) {
    return "SELECT " + std::string(kUserColumns) + " FROM users " + std::string(rest);
}

bool is_text(std::string_view text) noexcept {
    return text.find('\0') == std::string_view::npos && count_code_points(text).has_value();
}

AuthState read_auth_state(const Rows& rows, int row, int column) {
    AuthState state;
    const auto role = parse_role(rows.text(row, column));
    if (!role) throw std::runtime_error("a user has an unknown role");
    state.role = *role;
    state.disabled = rows.flag(row, column + 1);
    state.credentials_revision = rows.count(row, column + 2);
    state.created_at = rows.time(row, column + 3);
    return state;
}

User read_user(const Rows& rows, int row, int first) {
    int next = first;
    User user;
    user.id = rows.count(row, next++);
    user.email = rows.text(row, next++);
    user.password_hash = Secret(rows.text(row, next++));
    const auto role = parse_role(rows.text(row, next++));
    if (!role) throw_unreadable(user.id, "role");
    user.role = *role;
    user.disabled = rows.flag(row, next++);
    user.created_at = rows.time(row, next++);
    user.updated_at = rows.time(row, next++);
    user.revision = rows.count(row, next++);
    user.credentials_revision = rows.count(row, next++);
    // SQL may have put any JSON there; the caller gets it compact.
    auto metadata = compact_metadata(rows.text(row, next++));
    if (!std::holds_alternative<std::string>(metadata)) throw_unreadable(user.id, "metadata");
    user.metadata = std::get<std::string>(std::move(metadata));
    user.profile.username = rows.text(row, next++);
    user.profile.name = rows.text(row, next++);
    auto groups = parse_groups(rows.text(row, next++));
    if (!groups) throw_unreadable(user.id, "groups");
    user.profile.groups = std::move(*groups);
    user.profile.email_verified_at = optional_time(rows, row, next++);
    user.profile.locale = rows.text(row, next++);
    user.last_login_at = optional_time(rows, row, next++);
    return user;
}

std::vector<User> read_users(const Rows& rows) {
    std::vector<User> users;
    for (int row = 0; row < rows.size(); ++row)
        users.push_back(read_user(rows, row));
    return users;
}

// Of several changes of a user only what it comes to is written, by id: two instances that change
// the same users do not wait for one another in a ring.
void send_changes(Connection& connection, std::span<const UserChange> changes) {
    boost::unordered_flat_map<UserId, const UserChange*> last;
    std::vector<UserId> ids;
    for (const UserChange& change : changes) {
        const auto [known, is_new] = last.insert_or_assign(change.id, &change);
        if (is_new) ids.push_back(change.id);
    }
    std::sort(ids.begin(), ids.end());
    Array erased;
    UserArrays after;
    bool has_after = false;
    for (const UserId id : ids) {
        const UserChange& change = *last[id];
        if (!change.after) {
            erased.add(id);
            continue;
        }
        after.add(*change.after);
        has_after = true;
    }
    if (!erased.is_empty()) {
        Params params;
        params.add(erased.text());
        connection.send("DELETE FROM users WHERE id = ANY($1::bigint[])", params);
    }
    if (has_after) connection.send(upsert_sql(), after.params());
}

Totals read_totals(const Rows& rows) {
    if (rows.size() != 1) throw std::runtime_error("the table store has no row");
    Totals totals;
    totals.revision = rows.count(0, 0);
    totals.next_user_id = rows.count(0, 1);
    totals.users = rows.count(0, 2);
    totals.admins = rows.count(0, 3);
    totals.next_session_id = rows.count(0, 4);
    totals.sessions = rows.count(0, 5);
    return totals;
}

void send_totals(Connection& connection, const Totals& totals) {
    Params params;
    params.add(totals.revision).add(totals.next_user_id).add(totals.users).add(totals.admins);
    connection.send(
        "UPDATE store SET revision = $1::bigint, next_user_id = $2::bigint, users = $3::bigint, "
        "admins = $4::bigint WHERE is_only",
        params);
}

}  // namespace roster::storage::postgres
