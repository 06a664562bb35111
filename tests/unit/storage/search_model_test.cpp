// Queries at random, on every backend, against the plainest way to answer them.

#include "unit/storage/search_fixture.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

// What a query must show, found in the plainest way.
class PlainUsers {
  public:
    explicit PlainUsers(std::vector<User> users) : users_(std::move(users)) {}

    Ids show(const UserQuery& query) const {
        std::vector<const User*> shown;
        for (const User& user : users_)
            if (matches(user, query)) shown.push_back(&user);
        std::sort(shown.begin(), shown.end(), [&](const User* a, const User* b) {
            for (const auto& by : {query.order.first(), query.order.second()}) {
                const int compared = compare(*a, *b, by.key);
                if (compared != 0) return by.is_descending ? compared > 0 : compared < 0;
            }
            return false;
        });
        Ids ids;
        for (const User* user : shown)
            ids.push_back(user->id);
        return ids;
    }

  private:
    static bool matches(const User& user, const UserQuery& query) {
        if (query.role && user.role != *query.role) return false;
        if (query.disabled && user.disabled != *query.disabled) return false;
        const auto& groups = user.profile.groups;
        if (!query.group.empty() &&
            std::find(groups.begin(), groups.end(), query.group) == groups.end())
            return false;
        return fold_email(user.email).find(fold_email(query.text)) != std::string::npos;
    }
    static int compare(const User& a, const User& b, UserSortKey key) {
        if (key == UserSortKey::id) return a.id < b.id ? -1 : a.id > b.id;
        if (key == UserSortKey::email) return fold_email(a.email).compare(fold_email(b.email));
        if (key == UserSortKey::last_login_at)
            return a.last_login_at < b.last_login_at ? -1 : a.last_login_at > b.last_login_at;
        return a.created_at < b.created_at ? -1 : a.created_at > b.created_at;
    }

    std::vector<User> users_;
};

// Many users who look alike, changing at random, and queries at random.
class SearchModel : public SearchContract {
  protected:
    std::size_t upto(std::size_t count) { return random_() % count; }

    std::string some_text(std::size_t least, std::size_t most) {
        std::string text;
        for (std::size_t left = least + upto(most - least + 1); left > 0; --left)
            text += "abAB1.@"[upto(7)];
        return text;
    }

    void change_something() {
        const Ids all = ids(0, 100'000);
        const UserId any = all.empty() ? 0 : all[upto(all.size())];
        switch (all.size() < 20 ? 0 : upto(4)) {
            case 0: {
                CreateUser user(some_text(2, 9), some_hash(),
                                upto(8) == 0 ? Role::admin : Role::user);
                user.created_at = some_time() + std::chrono::seconds(upto(5));
                user.disabled = upto(6) == 0;
                if (upto(2) == 0) user.last_login_at = some_time() + std::chrono::seconds(upto(4));
                if (upto(2) == 0) user.profile.groups = {"a", "ab"};
                (void)apply(user);
                break;
            }
            case 1: (void)apply(EraseUser(any)); break;
            case 2: {
                UpdateUser user(any);
                user.email = some_text(2, 9);
                (void)apply(user);
                break;
            }
            default: {
                UpdateUser user(any);
                user.disabled = upto(2) == 0;
                if (upto(3) == 0) user.profile.groups = std::vector<std::string>{"ab", "b"};
                if (upto(3) == 0) user.role = upto(2) == 0 ? Role::admin : Role::user;
                (void)apply(user);
            }
        }
    }

    UserQuery some_query() {
        UserQuery query;
        if (upto(3) != 0) query.text = some_text(1, 4);
        if (upto(3) == 0) query.role = upto(2) == 0 ? Role::admin : Role::user;
        if (upto(3) == 0) query.disabled = upto(2) == 0;
        if (upto(3) == 0) query.group = std::vector{"a", "ab", "b"}[upto(3)];
        const auto by = [this] {
            return UserOrder::By{static_cast<UserSortKey>(upto(4)), upto(2) == 0};
        };
        query.order = UserOrder(by(), upto(2) == 0 ? std::optional(by()) : std::nullopt);
        query.limit = 1 + upto(30);
        query.total = upto(2) == 0;
        return query;
    }

    std::mt19937 random_{20261122};
};

TEST_P(SearchModel, ShowsWhatThePlainestWayShows) {
    for (int round = 0; round < 12; ++round) {
        for (int i = 0; i < 60; ++i)
            change_something();
        if (remembers() && round % 4 == 3) open();
        const PlainUsers model(list(0, 100'000));
        for (int i = 0; i < 40; ++i) {
            const UserQuery query = some_query();
            const Ids expected = model.show(query);
            EXPECT_EQ(all_pages(query), expected) << query.text << ' ' << to_string(query.order);
            const auto total = search(query)->total;
            EXPECT_EQ(total.value_or(expected.size()), expected.size()) << query.text;
            EXPECT_EQ(total.has_value(), query.total);
        }
    }
}

// A user who matches all the time is seen once, in order; another one at most once.
TEST_P(SearchModel, PagesNeitherRepeatNorMissWhileOthersComeGoAndChange) {
    for (int i = 0; i < 300; ++i)
        change_something();
    for (int round = 0; round < 25; ++round) {
        UserQuery query = some_query();
        query.limit = 1 + upto(4);
        const Ids before = PlainUsers(list(0, 100'000)).show(query);
        std::set<UserId> changed;
        Revision revision = store_->status().revision;
        int pages = 0;
        const Ids seen = all_pages(query, [&] {
            for (int i = 0; i < 5; ++i)
                change_something();
            if (remembers() && ++pages == 3) open();
        });
        std::set<UserId> untouched;
        for (const User& user : list(0, 100'000))
            if (user.revision <= revision) untouched.insert(user.id);
        Ids stayed;
        for (const UserId id : before)
            if (untouched.contains(id)) stayed.push_back(id);
        Ids seen_of_them;
        for (const UserId id : seen)
            if (untouched.contains(id)) seen_of_them.push_back(id);
        EXPECT_EQ(seen_of_them, stayed) << query.text << ' ' << to_string(query.order);
    }
}

// So many that a scan releases its lock several times.
TEST_P(SearchModel, LargerStoresAreSearchedAsSmallOnesAre) {
    constexpr UserId kUsers = 3000;
    std::vector<Write> writes;
    for (UserId i = 1; i <= kUsers; ++i) {
        const std::string digits = std::to_string(100'000 + i * 7919 % kUsers);
        CreateUser user("u" + digits.substr(1) + "@example.com", some_hash(),
                        i % 1000 == 0 ? Role::admin : Role::user);
        user.created_at = some_time() + std::chrono::seconds(i / 1500);
        writes.push_back(user);
        if (writes.size() == 500) {
            ASSERT_TRUE(apply_all(writes));
            writes.clear();
        }
    }
    for (int change = 0; change < 2; ++change) {
        const PlainUsers model(list(0, kUsers));
        for (const char* order : {"", "-id", "email", "-email", "-created_at", "-created_at,email",
                                  "created_at,-id", "-created_at,id"}) {
            for (const char* text : {"", "example", "0123", "u012", "u0", "zz"}) {
                UserQuery some = query(text, order);
                some.limit = 499;
                EXPECT_EQ(all_pages(some), model.show(some)) << text << ' ' << order;
                some.role = Role::admin;
                EXPECT_EQ(all_pages(some), model.show(some)) << text << ' ' << order;
            }
        }
        if (change > 0) break;
        for (UserId id = 1; id <= kUsers; id += 7)
            ASSERT_TRUE(apply(EraseUser(id)));
        for (UserId id = 2; id <= kUsers; id += 7) {
            UpdateUser update(id);
            update.email = "moved" + std::to_string(id) + "@example.org";
            ASSERT_TRUE(apply(update));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Backends, SearchModel, ::testing::ValuesIn(backends()), name_of_backend);

}  // namespace
}  // namespace roster::storage
