#pragma once

// A search of users as SQL, for every kind of database: conditions on the columns of the table
// users, which have the same names in all of them.
// Knows no database; nothing of a query is quoted into the SQL but numbers and names of its own.

#include <roster/user_query.hpp>

#include "storage/core/user_search.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

struct SqlDialect {
    /// The function that gives the place of its second text in its first one, or 0.
    std::string_view place_of;
    /// The parameter with a number, from 1.
    std::string (*parameter)(std::size_t number);
};

/// Lifetime: the query and the dialect outlive it.
class SearchSql {
  public:
    SearchSql(const UserQuery& query, const SqlDialect& dialect);

    /// Leaves out what does not follow the position.
    void begin_after(const Position& position);

    const std::string& condition() const noexcept { return condition_; }
    /// " ORDER BY … LIMIT …", of one row more than the page has.
    std::string order_and_limit() const;
    /// For the parameters of the condition, in order.
    const std::vector<std::string>& texts() const noexcept { return texts_; }

  private:
    std::string add(std::string text);
    std::string follows(UserOrder::By by, const Position& position);

    const UserQuery& query_;
    const SqlDialect& dialect_;
    std::string condition_ = "true";
    std::vector<std::string> texts_;
};

/// Cuts the row off that is too much, and makes a cursor if there was one.
void finish_page(UserPage& page, const UserQuery& query);

}  // namespace roster::storage
