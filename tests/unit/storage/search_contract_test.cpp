// What every store must do with a query, on every backend.

#include "core/user_profile.hpp"
#include "unit/storage/search_fixture.hpp"

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

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

TEST_P(SearchContract, FindsATextAnywhereInTheEmailWithoutCase) {
    add("anna@example.com");
    add("Bob@Example.com");
    add("hannah@elsewhere.org");
    EXPECT_EQ(found(query("ann")), Ids({1, 3}));
    EXPECT_EQ(found(query("EXAMPLE.COM")), Ids({1, 2}));
    EXPECT_EQ(found(query("hannah@elsewhere.org")), Ids({3}));
    EXPECT_EQ(found(query("hannah@elsewhere.orgs")), Ids());
    EXPECT_EQ(found(query("an")), Ids({1, 3}));
    EXPECT_EQ(found(query("B")), Ids({2}));
    EXPECT_EQ(found(query("@")), Ids({1, 2, 3}));
    EXPECT_EQ(found(query("an", "-email")), Ids({3, 1}));
}

TEST_P(SearchContract, LettersBeyondAsciiAreCharactersToo) {
    add("äö@a.com");
    add("xäöy@a.com");
    EXPECT_EQ(found(query("äö")), Ids({1, 2}));
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
        EXPECT_EQ(found(query(texts[i].substr(0, 2))), only) << texts[i];
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
               problem_of(query).has_value() == (member != "cursor");
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

TEST_P(SearchContract, FindsTheUsersOfAGroup) {
    for (const char* groups : {"a", "", "aa", "a b"}) {
        CreateUser user("u" + std::to_string(ids().size()) + "@a.com", some_hash(), Role::user);
        user.profile.groups = *parse_groups(groups);
        ASSERT_TRUE(apply(user));
    }
    UserQuery members = query();
    members.group = "a";
    EXPECT_EQ(found(members), Ids({1, 4}));
    members.limit = 1;
    EXPECT_EQ(all_pages(members), Ids({1, 4}));
    const auto cursor = search(members)->next_cursor;
    members.group = "b";
    EXPECT_EQ(found(members), Ids({4}));
    members.cursor = cursor;
    EXPECT_EQ(search(members).error(), Errc::invalid_request) << "of another query";
    members.group = "no group";
    EXPECT_EQ(search(members).error(), Errc::invalid_request);
}

TEST_P(SearchContract, WhoNeverLoggedInComesLastInDescendingOrder) {
    for (const int login : {5, -1, 7, 5, -1}) {
        CreateUser user("u" + std::to_string(ids().size()) + "@a.com", some_hash(), Role::user);
        if (login >= 0) user.last_login_at = std::chrono::sys_seconds(std::chrono::seconds(login));
        ASSERT_TRUE(apply(user));
    }
    for (const std::size_t limit : {1U, 2U, 50U}) {
        UserQuery pages = query("", "-last_login_at,email");
        pages.limit = limit;
        EXPECT_EQ(all_pages(pages), Ids({3, 1, 4, 2, 5}));
        pages.order = order_of("last_login_at");
        EXPECT_EQ(all_pages(pages), Ids({2, 5, 1, 4, 3}));
    }
}

INSTANTIATE_TEST_SUITE_P(Backends, SearchContract, ::testing::ValuesIn(backends()),
                         name_of_backend);

}  // namespace
}  // namespace roster::storage
