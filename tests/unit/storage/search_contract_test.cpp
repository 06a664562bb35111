// What every store must do with a query, on every backend.

#include "unit/storage/contract.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

UserOrder order_of(std::string_view text) {
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

TEST_P(SearchContract, AnEmptyStoreHasNothingToShow) {
    UserQuery all;
    all.total = true;
    for (const char* order : {"", "-id", "email", "-email", "created_at", "-created_at,email"}) {
        all.order = order_of(order);
        const auto page = search(all);
        ASSERT_TRUE(page);
        EXPECT_TRUE(page->users.empty());
        EXPECT_FALSE(page->next_cursor);
        EXPECT_EQ(page->total, 0U);
    }
    EXPECT_EQ(found(query("abc")), Ids());
    EXPECT_EQ(found(query("a")), Ids());
}

TEST_P(SearchContract, GivesWholeUsers) {
    add("A@a.com", 7, Role::admin);
    const auto page = search(query());
    ASSERT_EQ(page->users.size(), 1U);
    EXPECT_EQ(page->users[0].email, "A@a.com");
    EXPECT_EQ(page->users[0].password_hash.reveal(), some_hash().reveal());
    EXPECT_EQ(page->users[0].role, Role::admin);
    EXPECT_EQ(page->users[0].created_at, some_time() + std::chrono::seconds(7));
    EXPECT_EQ(page->users[0].revision, find(1)->revision);
}

TEST_P(SearchContract, SortsByEveryKeyUpAndDown) {
    add("c@a.com", 2);
    add("B@a.com", 1);
    add("a@a.com", 2);
    add("d@a.com", 1);
    EXPECT_EQ(in_order(""), Ids({1, 2, 3, 4}));
    EXPECT_EQ(in_order("-id"), Ids({4, 3, 2, 1}));
    EXPECT_EQ(in_order("email"), Ids({3, 2, 1, 4})) << "without case";
    EXPECT_EQ(in_order("-email"), Ids({4, 1, 2, 3}));
    EXPECT_EQ(in_order("created_at"), Ids({2, 4, 1, 3}));
    EXPECT_EQ(in_order("-created_at"), Ids({3, 1, 4, 2}));
    EXPECT_EQ(in_order("created_at,-id"), Ids({4, 2, 3, 1}));
    EXPECT_EQ(in_order("-created_at,id"), Ids({1, 3, 2, 4}));
    EXPECT_EQ(in_order("created_at,email"), Ids({2, 4, 3, 1}));
    EXPECT_EQ(in_order("created_at,-email"), Ids({4, 2, 1, 3}));
    EXPECT_EQ(in_order("-created_at,email"), Ids({3, 1, 2, 4}));
    EXPECT_EQ(in_order("-created_at,-email"), Ids({1, 3, 4, 2}));
}

TEST_P(SearchContract, ShowsOneRoleOrState) {
    add("a@a.com", 0, Role::admin);
    add("b@a.com");
    add("c@a.com", 0, Role::admin, true);
    add("d@a.com", 0, Role::user, true);
    for (const char* order : {"id", "email", "created_at", "created_at,email"}) {
        UserQuery some = query("", order);
        some.role = Role::admin;
        EXPECT_EQ(found(some), Ids({1, 3})) << order;
        some.disabled = true;
        EXPECT_EQ(found(some), Ids({3})) << order;
        some.role.reset();
        EXPECT_EQ(found(some), Ids({3, 4})) << order;
        some.disabled = false;
        EXPECT_EQ(found(some), Ids({1, 2})) << order;
        some.role = Role::user;
        EXPECT_EQ(found(some), Ids({2})) << order;
    }
}

TEST_P(SearchContract, FindsThreeCharactersAnywhereAndFewerAtTheBeginning) {
    add("anna@example.com");
    add("Bob@Example.com");
    add("hannah@elsewhere.org");
    EXPECT_EQ(found(query("ann")), Ids({1, 3}));
    EXPECT_EQ(found(query("EXAMPLE.COM")), Ids({1, 2}));
    EXPECT_EQ(found(query("hannah@elsewhere.org")), Ids({3}));
    EXPECT_EQ(found(query("hannah@elsewhere.orgs")), Ids());
    EXPECT_EQ(found(query("an")), Ids({1}));
    EXPECT_EQ(found(query("B")), Ids({2}));
    EXPECT_EQ(found(query("@")), Ids());
    EXPECT_EQ(found(query("an", "-email")), Ids({1}));
    EXPECT_EQ(found(query("b", "-created_at")), Ids({2}));
}

TEST_P(SearchContract, LettersBeyondAsciiAreCharactersToo) {
    add("äö@a.com");
    add("xäöy@a.com");
    EXPECT_EQ(found(query("äö")), Ids({1})) << "two characters: at the beginning";
    EXPECT_EQ(found(query("äö@")), Ids({1}));
    EXPECT_EQ(found(query("xäö")), Ids({2}));
    EXPECT_EQ(found(query("ÄÖ@")), Ids()) << "as e-mails are compared";
}

TEST_P(SearchContract, EveryCharacterMeansItself) {
    const std::vector<std::string> texts{"%%%x@a.com",   "___x@a.com", "\"\"\"x@a.com",
                                         "'''x@a.com",   "***x@a.com", "a AND b@a.com",
                                         "\\\\\\x@a.com"};
    for (const std::string& text : texts)
        add(text);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const Ids only{i + 1};
        EXPECT_EQ(found(query(texts[i])), only) << texts[i];
        EXPECT_EQ(found(query(texts[i].substr(0, 3))), only) << texts[i];
        EXPECT_EQ(found(query(texts[i].substr(0, 1))).size(), 1U) << texts[i];
    }
    EXPECT_EQ(found(query("a%b")), Ids());
    EXPECT_EQ(found(query("NOT x")), Ids());
}

TEST_P(SearchContract, FollowsWhatIsChanged) {
    for (int i = 0; i < 10; ++i)
        add("user" + std::to_string(i) + "@a.com", i);
    EXPECT_EQ(found(query("user3")), Ids({4}));
    EXPECT_EQ(in_order("email").size(), 10U);
    UpdateUser update(4);
    update.email = "zoe@b.com";
    ASSERT_TRUE(apply(update));
    EXPECT_EQ(found(query("user3")), Ids());
    EXPECT_EQ(found(query("zoe")), Ids({4}));
    EXPECT_EQ(in_order("email").back(), 4U);
    ASSERT_TRUE(apply(EraseUser(5)));
    EXPECT_EQ(found(query("user4")), Ids());
    EXPECT_EQ(in_order("-email"), Ids({4, 10, 9, 8, 7, 6, 3, 2, 1}));
    UpdateUser disable(6);
    disable.disabled = true;
    ASSERT_TRUE(apply(disable));
    UserQuery disabled = query("", "email");
    disabled.disabled = true;
    EXPECT_EQ(found(disabled), Ids({6}));
    const UserId last = add("user3@c.com", -1);
    EXPECT_EQ(found(query("user3")), Ids({last}));
    EXPECT_EQ(in_order("created_at").front(), last);
    if (!remembers()) return;
    open();
    EXPECT_EQ(found(query("user3")), Ids({last}));
    EXPECT_EQ(found(query("zoe")), Ids({4}));
    EXPECT_EQ(found(disabled), Ids({6}));
}

TEST_P(SearchContract, AWriteThatIsRefusedChangesNoIndex) {
    add("admin@a.com", 0, Role::admin);
    add("anna@a.com");
    EXPECT_EQ(found(query("anna")), Ids({2}));
    UpdateUser taken(2);
    taken.email = "admin@a.com";
    UpdateUser good(2);
    good.email = "berta@a.com";
    EXPECT_FALSE(apply_all({good, taken}));
    EXPECT_EQ(found(query("anna")), Ids({2}));
    EXPECT_EQ(found(query("berta")), Ids());
}

TEST_P(SearchContract, CountsWhenAsked) {
    for (int i = 0; i < 7; ++i)
        add("user" + std::to_string(i) + "@a.com", i, Role::user, i >= 4);
    UserQuery counted = query("ser");
    counted.limit = 2;
    EXPECT_FALSE(search(counted)->total);
    counted.total = true;
    EXPECT_EQ(search(counted)->total, 7U);
    counted.cursor = search(counted)->next_cursor;
    EXPECT_EQ(search(counted)->total, 7U) << "on every page the same";
    EXPECT_EQ(ids_of(search(counted)->users), Ids({3, 4}));
    counted.cursor.reset();
    counted.disabled = true;
    EXPECT_EQ(search(counted)->total, 3U);
    counted.text = "u";
    EXPECT_EQ(search(counted)->total, 3U);
    counted.order = order_of("-email");
    EXPECT_EQ(search(counted)->total, 3U);
    counted.text = "";
    EXPECT_EQ(search(counted)->total, 3U);
    counted.role = Role::admin;
    EXPECT_EQ(search(counted)->total, 0U);
}

TEST_P(SearchContract, RefusesWhatIsNoQuery) {
    add("a@a.com");
    const auto is_refused = [this](const UserQuery& query, std::string_view member) {
        const auto page = search(query);
        return !page && page.error() == Errc::invalid_request &&
               why_refused(query).member == member;
    };
    UserQuery wrong;
    wrong.limit = 0;
    EXPECT_TRUE(is_refused(wrong, "limit"));
    wrong.limit = 501;
    EXPECT_TRUE(is_refused(wrong, "limit"));
    wrong.limit = 500;
    EXPECT_TRUE(search(wrong));
    EXPECT_TRUE(is_refused(query(std::string(255, 'a')), "text"));
    EXPECT_TRUE(is_refused(query("a\nb"), "text"));
    EXPECT_TRUE(is_refused(query("\xff\xff\xff"), "text"));
    EXPECT_TRUE(search(query(std::string(254, 'a'))));
}

TEST_P(SearchContract, RefusesCursorsThatAreNoneOrAnothersNeverCrashing) {
    for (int i = 0; i < 4; ++i)
        add("user" + std::to_string(i) + "@a.com");
    UserQuery first = query("user", "created_at,email");
    first.limit = 2;
    const std::string good = *search(first)->next_cursor;
    const auto takes = [this](UserQuery query, std::string cursor) {
        query.cursor = std::move(cursor);
        const auto page = search(query);
        EXPECT_TRUE(page || page.error() == Errc::invalid_request);
        return page.has_value();
    };
    ASSERT_TRUE(takes(first, good));
    UserQuery other = first;
    other.limit = 3;
    EXPECT_TRUE(takes(other, good)) << "another limit is no other list";
    other.text = "ser";
    EXPECT_FALSE(takes(other, good));
    other = first;
    other.order = order_of("created_at,-email");
    EXPECT_FALSE(takes(other, good));
    other = first;
    other.role = Role::user;
    EXPECT_FALSE(takes(other, good));
    other = first;
    other.disabled = false;
    EXPECT_FALSE(takes(other, good));
    for (std::size_t i = 0; i < good.size(); ++i)
        EXPECT_FALSE(takes(query(), good.substr(0, i)));
    EXPECT_FALSE(takes(first, good.substr(0, 32)));
    EXPECT_FALSE(takes(first, ""));
    EXPECT_FALSE(takes(first, std::string(1'000'000, 'A')));
    EXPECT_FALSE(takes(first, "%%%%"));
    std::mt19937 random(7);
    for (int i = 0; i < 2000; ++i) {
        std::string broken = good;
        broken[random() % broken.size()] = static_cast<char>(random());
        if (i % 3 == 0) broken.resize(random() % broken.size());
        (void)takes(first, broken);
    }
}

TEST_P(SearchContract, ACursorHoldsWhenWhoItStandsForIsGoneAndAcrossARestart) {
    for (int i = 0; i < 6; ++i)
        add("user" + std::to_string(i) + "@a.com");
    for (const char* order : {"id", "email", "created_at", "-created_at,email"}) {
        UserQuery pages = query("user", order);
        pages.limit = 2;
        const auto first = search(pages);
        const UserId last = first->users.back().id;
        pages.cursor = first->next_cursor;
        const Ids expected = found(pages);
        ASSERT_TRUE(apply(EraseUser(last)));
        if (remembers()) open();
        EXPECT_EQ(found(pages), expected) << order;
        add("user" + std::to_string(last - 1) + "@a.com");
    }
}

// What a query must show, found in the plainest way.
class Model {
  public:
    explicit Model(std::vector<User> users) : users_(std::move(users)) {}

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
        const auto place = fold_email(user.email).find(fold_email(query.text));
        return query.text.size() < 3 ? place == 0 : place != std::string::npos;
    }
    static int compare(const User& a, const User& b, UserSortKey key) {
        if (key == UserSortKey::id) return a.id < b.id ? -1 : a.id > b.id;
        if (key == UserSortKey::email) return fold_email(a.email).compare(fold_email(b.email));
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
        const auto by = [this] {
            return UserOrder::By{static_cast<UserSortKey>(upto(3)), upto(2) == 0};
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
        const Model model(list(0, 100'000));
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

// Whoever matches all the time is seen once, in order; whoever does not, at most once.
TEST_P(SearchModel, PagesNeitherRepeatNorMissWhileOthersComeGoAndChange) {
    for (int i = 0; i < 300; ++i)
        change_something();
    for (int round = 0; round < 25; ++round) {
        UserQuery query = some_query();
        query.limit = 1 + upto(4);
        const Ids before = Model(list(0, 100'000)).show(query);
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

// So many that indexes have several blocks, and SQLite's is written more than once.
TEST_P(SearchContract, LargerStoresAreSearchedAsSmallOnesAre) {
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
        const Model model(list(0, kUsers));
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

INSTANTIATE_TEST_SUITE_P(Backends, SearchContract, ::testing::ValuesIn(backends()),
                         name_of_backend);
INSTANTIATE_TEST_SUITE_P(Backends, SearchModel, ::testing::ValuesIn(backends()), name_of_backend);

}  // namespace
}  // namespace roster::storage
