#include "storage/core/user_search.hpp"

#include "storage/postgres/rows.hpp"

#include <optional>
#include <utility>

namespace roster::storage::postgres {
namespace {

// A condition as SQL, and the texts for its parameters.
struct Condition {
    std::string sql = "true";
    Params texts;

    std::string add(std::string text) {
        texts.add(std::move(text));
        return "$" + std::to_string(texts.texts().size()) + "::text";
    }
};

Condition condition_of(const UserQuery& query) {
    Condition matching;
    if (!query.text.empty())
        matching.sql +=
            " AND strpos(email_folded, " + matching.add(fold_email(query.text)) + ") > 0";
    if (query.role) matching.sql += " AND role = '" + std::string(to_string(*query.role)) + "'";
    if (!query.group.empty())
        matching.sql += " AND strpos(' ' || group_names || ' ', " +
                        matching.add(" " + query.group + " ") + ") > 0";
    if (query.disabled) matching.sql += *query.disabled ? " AND disabled" : " AND NOT disabled";
    return matching;
}

std::string column_of(UserSortKey key) {
    switch (key) {
        case UserSortKey::id: return "id";
        case UserSortKey::email: return "email_folded";
        case UserSortKey::created_at: return "created_at";
        case UserSortKey::last_login_at:
            return "coalesce(last_login_at, " + std::to_string(kNever) + ")";
    }
    return {};
}

// "id > 7": that a user follows the position, by a key that no two users share.
std::string follows(UserOrder::By by, const Position& position, Condition& condition) {
    std::string sql = column_of(by.key) + (by.is_descending ? " < " : " > ");
    if (by.key == UserSortKey::id) return sql + std::to_string(position.id);
    return sql + condition.add(fold_email(position.email)) + " COLLATE \"C\"";
}

void add_position(Condition& condition, const UserOrder& order, const Position& after) {
    const auto first = order.first();
    if (!is_time(first.key)) {
        condition.sql += " AND " + follows(first, after, condition);
        return;
    }
    const bool is_login = first.key == UserSortKey::last_login_at;
    const std::string time = std::to_string(is_login ? after.last_login_at : after.created_at);
    const std::string column = column_of(first.key);
    condition.sql += " AND " + column + (first.is_descending ? " <= " : " >= ") + time + " AND (" +
                     column + " <> " + time + " OR " + follows(order.second(), after, condition) +
                     ")";
}

std::string order_by(const UserOrder& order) {
    const auto term = [](UserOrder::By by) {
        return column_of(by.key) + (by.is_descending ? " DESC" : "");
    };
    std::string sql = " ORDER BY " + term(order.first());
    if (is_time(order.first().key)) sql += ", " + term(order.second());
    return sql;
}

Position position_of(const User& user) {
    Position position;
    position.id = user.id;
    position.created_at = user.created_at.time_since_epoch().count();
    position.last_login_at = seconds_of(user.last_login_at);
    position.email = user.email;
    return position;
}

}  // namespace

result<UserPage> search_users(Connection& connection, const UserQuery& query) {
    constexpr auto kPatience = std::chrono::seconds(20);
    if (problem_of(query)) return Errc::invalid_request;
    std::optional<Position> after;
    if (query.cursor) {
        after = read_cursor(*query.cursor, query);
        if (!after || !is_text(after->email)) return Errc::invalid_request;
    }
    UserPage page;
    if (!is_text(query.text) || !is_text(query.group)) {
        if (query.total) page.total = 0;
        return page;
    }
    Condition condition = condition_of(query);
    const std::string total = "SELECT count(*) FROM users WHERE " + condition.sql;
    const Params total_texts = condition.texts;
    if (after) add_position(condition, query.order, *after);
    connection.send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    if (query.total) connection.send_once(total, total_texts);
    connection.send_once(select_users("WHERE " + condition.sql + order_by(query.order) + " LIMIT " +
                                      std::to_string(query.limit + 1)),
                         condition.texts);
    connection.send("COMMIT");
    const std::vector<Rows> rows = connection.finish(kPatience);
    if (query.total) page.total = rows[1].count(0, 0);
    page.users = read_users(rows[query.total ? 2 : 1]);
    if (page.users.size() > query.limit) {
        page.users.resize(query.limit);
        page.next_cursor = make_cursor(position_of(page.users.back()), query);
    }
    return page;
}

}  // namespace roster::storage::postgres
