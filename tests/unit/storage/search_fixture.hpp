#pragma once

// The bench for queries, on every backend.

#include "unit/storage/contract.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace roster::storage::testing {

inline UserOrder order_of(std::string_view text) {
    return std::get<UserOrder>(parse_user_order(text));
}

class SearchContract : public StoreContract {
  protected:
    // At `created` seconds behind the beginning.
    UserId add(const std::string& email, int created = 0, Role role = Role::user,
               bool disabled = false) {
        CreateUser user(email, some_hash(), role);
        user.created_at = some_time() + std::chrono::seconds(created);
        user.disabled = disabled;
        return apply(user)->id;
    }

    static UserQuery query(std::string text = "", std::string_view order = "") {
        UserQuery query;
        query.text = std::move(text);
        query.order = order_of(order);
        return query;
    }

    static Ids ids_of(const std::vector<User>& users) {
        Ids ids;
        for (const User& user : users)
            ids.push_back(user.id);
        return ids;
    }

    Ids found(const UserQuery& query) {
        const auto page = search(query);
        EXPECT_TRUE(page) << page.error().message();
        return page ? ids_of(page->users) : Ids();
    }

    Ids in_order(std::string_view order) { return found(query("", order)); }

    // All pages, one after the other.
    Ids all_pages(UserQuery query, const std::function<void()>& between = {}) {
        Ids ids;
        for (;;) {
            const auto page = search(query);
            EXPECT_TRUE(page) << page.error().message();
            if (!page) return ids;
            EXPECT_LE(page->users.size(), query.limit);
            const Ids more = ids_of(page->users);
            ids.insert(ids.end(), more.begin(), more.end());
            if (!page->next_cursor) return ids;
            query.cursor = page->next_cursor;
            if (between) between();
        }
    }
};

}  // namespace roster::storage::testing
