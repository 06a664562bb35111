#include "accounts/accounts.hpp"

#include "unit/accounts/fixture.hpp"

#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <future>

namespace roster::accounts {
namespace {

namespace asio = boost::asio;

class SignUp : public AccountsTest {};
class View : public AccountsTest {};

TEST_F(SignUp, MakesAnOrdinaryUserWithAHash) {
    const auto user = sign_up("a@a.com", "pw12");
    ASSERT_TRUE(user);
    EXPECT_EQ(user->id, 1U);
    EXPECT_EQ(user->email, "a@a.com");
    EXPECT_EQ(user->role, Role::user);
    EXPECT_TRUE(user->password_hash.empty());
    EXPECT_TRUE(store_.get(1).password_hash.reveal().starts_with("$argon2id$"));
}

TEST_F(SignUp, RefusesWhatIsNotValidBeforeAnythingElse) {
    add("taken@a.com", "pw12");
    EXPECT_EQ(sign_up("a", "pw12").error(), Errc::email_too_short);
    EXPECT_EQ(sign_up("taken@a.com", "p").error(), Errc::password_too_short);
    EXPECT_EQ(sign_up("a\nb", "p").error(), Errc::email_not_text);
    EXPECT_EQ(hasher_.jobs(), 0U);
}

TEST_F(SignUp, ATakenEmailIsRefusedWithoutAHash) {
    add("A@a.com", "pw12");
    EXPECT_EQ(sign_up("a@A.com", "pw12").error(), Errc::email_taken);
    EXPECT_EQ(hasher_.jobs(), 0U);
}

TEST_F(SignUp, OnlyAnAdministratorMakesAdministrators) {
    const auto sign_up_admin = [this](Principal who, std::string email) {
        return await(
            accounts_.sign_up(from_anywhere(who), NewAccount(email, Secret("pw12"), Role::admin)));
    };
    const UserId admin = add("admin@a.com", "right", Role::admin).id;
    EXPECT_EQ(sign_up_admin(Principal::anonymous(), "a@a").error(), Errc::forbidden);
    EXPECT_EQ(sign_up_admin(Principal::user(7, Role::user), "a@a").error(), Errc::forbidden);
    EXPECT_EQ(sign_up_admin(Principal::user(admin, Role::admin), "a@a")->role, Role::admin);
    EXPECT_EQ(sign_up_admin(Principal::local_operator(), "b@b")->role, Role::admin);
}

TEST_F(SignUp, OnlyAnAdministratorBringsMetadata) {
    const auto sign_up_with = [this](Principal who, std::string metadata) {
        NewAccount account("a@a", Secret("pw12"));
        account.metadata = std::move(metadata);
        return await(accounts_.sign_up(from_anywhere(who), std::move(account)));
    };
    const UserId admin = add("admin@a.com", "right", Role::admin).id;
    const std::string team = R"({"team":"red"})";
    EXPECT_EQ(sign_up_with(Principal::anonymous(), team).error(), Errc::forbidden);
    EXPECT_EQ(sign_up_with(Principal::user(7, Role::user), team).error(), Errc::forbidden);
    EXPECT_EQ(sign_up_with(Principal::user(admin, Role::admin), "[]").error(),
              Errc::invalid_request);
    EXPECT_EQ(sign_up_with(Principal::user(admin, Role::admin), team)->metadata, team);
}

TEST_F(SignUp, AHundredAtOnceForOneEmailGiveOneUser) {
    std::vector<asio::awaitable<Attempt<User>>> operations;
    for (int i = 0; i < 100; ++i)
        operations.push_back(accounts_.sign_up(from_anywhere(Principal::anonymous()),
                                               NewAccount("n@n.com", Secret("pw12"))));
    const auto answers = await_all(std::move(operations));

    // All of them looked before the first one wrote, so the commit decided.
    EXPECT_EQ(store_.writes(), 100U);
    const auto is_made = [](const auto& answer) { return static_cast<bool>(answer); };
    EXPECT_EQ(std::count_if(answers.begin(), answers.end(), is_made), 1);
    for (const auto& answer : answers) {
        if (answer) continue;
        EXPECT_EQ(answer.error(), Errc::email_taken);
    }
    EXPECT_EQ(store_.status().users, 1U);
}

TEST_F(SignUp, MayBeCalledFromManyThreads) {
    asio::thread_pool callers(4);
    std::vector<std::future<Attempt<User>>> answers;
    for (int i = 0; i < 80; ++i) {
        const std::string email = "user" + std::to_string(i % 40) + "@n.com";
        auto operation = accounts_.sign_up(from_anywhere(Principal::anonymous()),
                                           NewAccount(email, Secret("pw12")));
        answers.push_back(asio::co_spawn(callers, std::move(operation), asio::use_future));
    }
    int made = 0;
    for (auto& answer : answers)
        made += answer.get() ? 1 : 0;
    callers.join();
    EXPECT_EQ(made, 40);
    EXPECT_EQ(store_.status().users, 40U);
}

TEST_F(SignUp, IsOverloadedWhereTooManyHashesWait) {
    passwords::PasswordHasher no_room(1, 0, passwords::HashCost{64 * 1024, 2});
    Accounts accounts(store_, no_room, options(), log_);
    std::vector<asio::awaitable<Attempt<User>>> operations;
    for (int i = 0; i < 20; ++i) {
        NewAccount account("user" + std::to_string(i), Secret("pw12"));
        operations.push_back(
            accounts.sign_up(from_anywhere(Principal::anonymous()), std::move(account)));
    }
    std::size_t made = 0;
    std::size_t refused = 0;
    for (const auto& answer : await_all(std::move(operations)))
        ++(!answer && answer.error() == Errc::overloaded ? refused : made);
    EXPECT_GT(made, 0U);
    EXPECT_GT(refused, 0U);
    EXPECT_EQ(store_.status().users, made);
}

TEST_F(SignUp, WaitsForNoWriteOfTheRateLimiter) {
    const auto sign_up_from = [](Accounts& accounts, std::string email) {
        return await(accounts.sign_up(from(Principal::anonymous(), "192.0.2.1"),
                                      NewAccount(std::move(email), Secret("pw12"))));
    };
    const auto kept = [this] {
        std::vector<std::string> keys;
        for (const LimiterRecord& record : await(store_.limiter_records()).value())
            keys.push_back(record.key);
        std::sort(keys.begin(), keys.end());
        return keys;
    };
    ASSERT_TRUE(sign_up_from(accounts_, "a@a.com"));
    EXPECT_EQ(store_.session_writes(), 0U);
    // The next failed log-in takes it along.
    EXPECT_FALSE(await(
        accounts_.log_in(from(Principal::anonymous(), "127.0.0.1"), "x@x.com", Secret("wrong"))));
    EXPECT_EQ(store_.session_writes(), 1U);
    EXPECT_EQ(kept().size(), 4U);
    EXPECT_EQ(kept().back(), "sign-ups 192.0.2.1");
    {
        Accounts stopped(store_, hasher_, options(), log_);
        for (int i = 1; i < 20; ++i)
            ASSERT_TRUE(sign_up_from(stopped, "b" + std::to_string(i))) << i;
        EXPECT_EQ(store_.session_writes(), 1U);
    }
    Accounts restarted(store_, hasher_, options(), log_);
    EXPECT_EQ(sign_up_from(restarted, "c@c.com").error(), Errc::too_many_attempts);
}

TEST_F(SignUp, AFailingStoreIsReported) {
    store_.fail_writes = Errc::store_unavailable;
    EXPECT_EQ(sign_up("a@a.com", "pw12").error(), Errc::store_unavailable);
    store_.fail_reads = Errc::store_unavailable;
    EXPECT_EQ(sign_up("a@a.com", "pw12").error(), Errc::store_unavailable);
}

TEST_F(SignUp, LogsNoSecret) {
    ASSERT_TRUE(sign_up("a@a.com", "hunter2000"));
    ASSERT_TRUE(log_in("a@a.com", "hunter2000"));
    ASSERT_FALSE(log_in("a@a.com", "wrong-hunter"));
    ASSERT_FALSE(log_in("forged\n[info] user 1", "wrong-hunter"));
    EXPECT_NE(logged().find("<a@a.com> signed up"), std::string::npos);
    for (const auto* secret : {"hunter", "$argon2", "forged\n"})
        EXPECT_EQ(logged().find(secret), std::string::npos) << secret;
}

TEST_F(View, OwnOrAnyForAnAdministrator) {
    add("admin@a.com", "pw12", Role::admin);
    add("user@a.com", "pw12");
    const auto admin = Principal::user(1, Role::admin);
    const auto user = Principal::user(2, Role::user);
    EXPECT_EQ(await(accounts_.view(user, 2))->email, "user@a.com");
    EXPECT_EQ(await(accounts_.view(admin, 2))->email, "user@a.com");
    EXPECT_EQ(await(accounts_.view(user, 1)).error(), Errc::forbidden);
    EXPECT_EQ(await(accounts_.view(user, 9)).error(), Errc::forbidden);
    EXPECT_EQ(await(accounts_.view(admin, 9)).error(), Errc::user_not_found);
    EXPECT_EQ(await(accounts_.view(Principal::anonymous(), 0)).error(), Errc::forbidden);
    EXPECT_TRUE(await(accounts_.view(admin, 1))->password_hash.empty());
}

TEST_F(View, ListsForAdministratorsOnlyAndWithoutHashes) {
    for (const auto* email : {"a@a", "b@b", "c@c"})
        add(email, "pw12", Role::admin);
    const auto page = await(accounts_.list(Principal::user(1, Role::admin), 1, 1));
    ASSERT_EQ(page->size(), 1U);
    EXPECT_EQ(page->front().email, "b@b");
    EXPECT_TRUE(page->front().password_hash.empty());
    EXPECT_EQ(await(accounts_.list(Principal::user(1, Role::user), 0, 9)).error(), Errc::forbidden);
    EXPECT_EQ(await(accounts_.list(Principal::anonymous(), 0, 9)).error(), Errc::forbidden);
}

TEST_F(View, APrincipalHasTheCurrentRole) {
    add("a@a", "pw12", Role::admin);
    add("b@b", "pw12");
    const AuthenticatedLogin admin(store_.get(1));
    const AuthenticatedLogin user(store_.get(2));
    User nobody;
    nobody.id = 3;
    EXPECT_TRUE(await(accounts_.principal(admin))->is_admin());
    EXPECT_FALSE(await(accounts_.principal(user))->is_admin());
    EXPECT_EQ(await(accounts_.principal(user))->id(), 2U);
    disable(2);
    EXPECT_EQ(await(accounts_.principal(user)).error(), Errc::unauthenticated);
    EXPECT_EQ(await(accounts_.principal(AuthenticatedLogin(nobody))).error(),
              Errc::unauthenticated);
}

TEST(ClientInfo, SeesIpv4AsIpv4OnAListenerForBothFamilies) {
    const auto seen = [](const char* address) {
        return ClientInfo(Channel::classic, boost::asio::ip::make_address(address))
            .address->to_string();
    };
    EXPECT_EQ(seen("::ffff:192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(seen("192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(seen("2001:db8::7"), "2001:db8::7");
}

TEST_F(AccountsTest, AUsernameIsGivenToOne) {
    const auto sign_up_as = [this](std::string email, std::string username) {
        NewAccount account(std::move(email), Secret("password"));
        account.profile.username = std::move(username);
        return await(accounts_.sign_up(from_anywhere(Principal::anonymous()), std::move(account)));
    };
    ASSERT_TRUE(sign_up_as("a@a.com", "al"));
    EXPECT_EQ(sign_up_as("b@b.com", "AL").error(), Errc::username_taken);
    EXPECT_EQ(sign_up_as("al", "").error(), Errc::email_taken) << "it would log in as another";
    EXPECT_EQ(sign_up_as("b@b.com", "a b").error(), Errc::invalid_request);
    EXPECT_EQ(sign_up_as("bb", "bb")->profile.username, "bb");
}

TEST_F(AccountsTest, OnlyAdministratorsGiveGroupsAndVerifyEmails) {
    const auto groups = [](NewAccount& account) { account.profile.groups = {"admins"}; };
    const auto verified = [](NewAccount& account) {
        account.profile.email_verified_at = std::chrono::sys_seconds(std::chrono::seconds(5));
    };
    const auto sign_up_with = [this](Principal who, const auto& set) {
        NewAccount account("a@a.com", Secret("password"));
        account.profile.name = "A";
        set(account);
        return await(accounts_.sign_up(from_anywhere(who), std::move(account)));
    };
    EXPECT_EQ(sign_up_with(Principal::anonymous(), groups).error(), Errc::forbidden);
    EXPECT_EQ(sign_up_with(Principal::anonymous(), verified).error(), Errc::forbidden);
    EXPECT_TRUE(sign_up_with(Principal::local_operator(), groups));
}

TEST_F(AccountsTest, HashesAreListedForTheLocalOperatorAlone) {
    const User user = add("a@a.com", "right password", Role::admin);
    const auto page = await(accounts_.list_with_hashes(Principal::local_operator(), 0, 10));
    ASSERT_TRUE(page);
    EXPECT_EQ(page->front().password_hash.reveal(), store_.get(user.id).password_hash.reveal());
    for (const Principal& who : {Principal::anonymous(), Principal::user(user.id, Role::admin)})
        EXPECT_EQ(await(accounts_.list_with_hashes(who, 0, 10)).error(), Errc::forbidden);
}

}  // namespace
}  // namespace roster::accounts
