#include "cli/io/paging.hpp"

#include "accounts/wait_for.hpp"
#include "cli/io/user_format.hpp"

#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <utility>

namespace roster::cli {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kUsersPerPage = 1000;

using SessionsByUser = std::vector<std::vector<Session>>;

std::vector<User> next_page(AdminApi& administration, UserId after) {
    return value_or_refuse(accounts::wait_for(administration.accounts().list(
                               local_operator().principal, after, kUsersPerPage)),
                           "the users");
}

// A page at once, because `wait_for` costs more than looking for the sessions of one user.
asio::awaitable<result<SessionsByUser>> sessions_of_page(accounts::Accounts* rules,
                                                         std::vector<UserId> users) {
    const auto caller = local_operator();
    SessionsByUser found;
    for (const UserId user : users) {
        auto sessions = co_await rules->sessions(caller.principal, user);
        if (!sessions && sessions.error() != Errc::user_not_found) co_return sessions.error();
        found.push_back(sessions ? std::move(*sessions) : std::vector<Session>());
    }
    co_return std::move(found);
}

}  // namespace

void for_each_found(AdminApi& administration, UserQuery query, std::size_t limit,
                    const std::function<void(const User&)>& visit) {
    while (limit > 0) {
        query.limit = std::min(limit, UserQuery::kMaxLimit);
        const auto page = value_or_refuse(
            accounts::wait_for(administration.accounts().search(local_operator().principal, query)),
            "the users");
        for (const User& user : page.users)
            visit(user);
        if (!page.next_cursor) return;
        limit -= page.users.size();
        query.cursor = page.next_cursor;
    }
}

std::vector<Session> sessions_of(AdminApi& administration, const User& user) {
    return value_or_refuse(
        accounts::wait_for(administration.accounts().sessions(local_operator().principal, user.id)),
        subject_of(user));
}

void for_each_owner(
    AdminApi& administration,
    const std::function<void(const User& owner, const std::vector<Session>&)>& visit) {
    UserId after = 0;
    for (;;) {
        const auto page = next_page(administration, after);
        if (page.empty()) return;
        std::vector<UserId> ids;
        for (const User& user : page)
            ids.push_back(user.id);
        const auto sessions = value_or_refuse(
            accounts::wait_for(sessions_of_page(&administration.accounts(), std::move(ids))),
            "the sessions");
        for (std::size_t i = 0; i < page.size(); ++i)
            if (!sessions[i].empty()) visit(page[i], sessions[i]);
        after = page.back().id;
    }
}

}  // namespace roster::cli
