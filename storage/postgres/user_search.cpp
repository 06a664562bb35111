#include "storage/core/search_sql.hpp"
#include "storage/postgres/rows.hpp"

#include <optional>
#include <utility>

namespace roster::storage::postgres {
namespace {

const SqlDialect kPostgresSql{
    .place_of = "strpos",
    .parameter = [](std::size_t number) { return "$" + std::to_string(number) + "::text"; },
};

Params params_of(const SearchSql& search) {
    Params params;
    for (const std::string& text : search.texts())
        params.add(text);
    return params;
}

}  // namespace

result<UserPage> search_users(Connection& connection, const UserQuery& query) {
    constexpr auto kPatience = std::chrono::seconds(20);
    const auto start = start_of(query);
    if (!start) return start.error();
    if (*start && !is_text((*start)->email)) return Errc::invalid_request;
    UserPage page;
    if (query.total) page.total = 0;
    // No user has such a text.
    if (!is_text(query.text) || !is_text(query.group)) return page;
    SearchSql search(query, kPostgresSql);
    connection.send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    if (query.total)
        connection.send_once("SELECT count(*) FROM users WHERE " + search.condition(),
                             params_of(search));
    if (*start) search.begin_after(**start);
    connection.send_once(select_users("WHERE " + search.condition() + search.order_and_limit()),
                         params_of(search));
    connection.send("COMMIT");
    const std::vector<Rows> rows = connection.finish(kPatience);
    if (query.total) page.total = rows[1].count(0, 0);
    page.users = read_users(rows[query.total ? 2 : 1]);
    finish_page(page, query);
    return page;
}

}  // namespace roster::storage::postgres
