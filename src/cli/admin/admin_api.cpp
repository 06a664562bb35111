#include "cli/admin/admin_api.hpp"

#include <algorithm>

namespace roster::cli {

void for_each_match(AdminView& view, UserQuery query, std::size_t limit,
                    const std::function<void(const User&)>& visit) {
    while (limit > 0) {
        query.limit = std::min(limit, UserQuery::kMaxLimit);
        const UserPage page = view.search(query);
        for (const User& user : page.users)
            visit(user);
        if (!page.next_cursor) return;
        limit -= page.users.size();
        query.cursor = page.next_cursor;
    }
}

void for_each_user(AdminView& view, const std::function<void(const User&)>& visit) {
    constexpr std::size_t kPage = 1000;
    UserId after = 0;
    for (auto page = view.list(after, kPage); !page.empty(); page = view.list(after, kPage)) {
        for (const User& user : page)
            visit(user);
        after = page.back().id;
    }
}

void for_each_session_owner(
    AdminView& view,
    const std::function<void(const User& owner, const std::vector<Session>&)>& visit) {
    for_each_user(view, [&](const User& user) {
        const std::vector<Session> sessions = view.sessions_of(user);
        if (!sessions.empty()) visit(user, sessions);
    });
}

}  // namespace roster::cli
