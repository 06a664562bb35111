#include "storage/core/search_sql.hpp"

#include <roster/user.hpp>

#include <utility>

namespace roster::storage {
namespace {

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

}  // namespace

SearchSql::SearchSql(const UserQuery& query, const SqlDialect& dialect)
    : query_(query), dialect_(dialect) {
    const std::string contains = " AND " + std::string(dialect.place_of);
    if (!query.text.empty())
        condition_ += contains + "(email_folded, " + add(fold_email(query.text)) + ") > 0";
    if (query.role) condition_ += " AND role = '" + std::string(to_string(*query.role)) + "'";
    if (!query.group.empty())
        condition_ +=
            contains + "(' ' || group_names || ' ', " + add(" " + query.group + " ") + ") > 0";
    if (query.disabled) condition_ += *query.disabled ? " AND disabled" : " AND NOT disabled";
}

std::string SearchSql::add(std::string text) {
    texts_.push_back(std::move(text));
    return dialect_.parameter(texts_.size());
}

// "id > 7": that a user follows the position, by a key that no two users share.
std::string SearchSql::follows(UserOrder::By by, const Position& position) {
    std::string sql = column_of(by.key) + (by.is_descending ? " < " : " > ");
    if (by.key == UserSortKey::id) return sql + std::to_string(position.id);
    return sql + add(fold_email(position.email));
}

void SearchSql::begin_after(const Position& position) {
    const auto first = query_.order.first();
    if (!is_time(first.key)) {
        condition_ += " AND " + follows(first, position);
        return;
    }
    const bool is_login = first.key == UserSortKey::last_login_at;
    const std::string time =
        std::to_string(is_login ? position.last_login_at : position.created_at);
    const std::string column = column_of(first.key);
    condition_ += " AND " + column + (first.is_descending ? " <= " : " >= ") + time + " AND (" +
                  column + " <> " + time + " OR " + follows(query_.order.second(), position) + ")";
}

std::string SearchSql::order_and_limit() const {
    const auto term = [](UserOrder::By by) {
        return column_of(by.key) + (by.is_descending ? " DESC" : "");
    };
    std::string sql = " ORDER BY " + term(query_.order.first());
    if (is_time(query_.order.first().key)) sql += ", " + term(query_.order.second());
    return sql + " LIMIT " + std::to_string(query_.limit + 1);
}

void finish_page(UserPage& page, const UserQuery& query) {
    if (page.users.size() <= query.limit) return;
    page.users.resize(query.limit);
    const User& last = page.users.back();
    Position position;
    position.id = last.id;
    position.created_at = last.created_at.time_since_epoch().count();
    position.last_login_at = seconds_of(last.last_login_at);
    position.email = last.email;
    page.next_cursor = make_cursor(position, query);
}

}  // namespace roster::storage
