// What every store must do, on every backend.

#include "unit/storage/contract.hpp"

#include <limits>
#include <string>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

TEST_P(StoreContract, BeginsEmpty) {
    EXPECT_EQ(store_->status().users, 0U);
    EXPECT_EQ(store_->status().admins, 0U);
    EXPECT_TRUE(store_->status().writable);
    EXPECT_EQ(find(1).error(), Errc::user_not_found);
    EXPECT_EQ(find_by_login("a@a.com").error(), Errc::user_not_found);
    EXPECT_TRUE(list(0, 10).empty());
}

TEST_P(StoreContract, GivesANewUserAllHeNeeds) {
    const auto made = apply(create("A@a.com", Role::admin));
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(made->id, 1U);
    EXPECT_EQ(made->email, "A@a.com");
    EXPECT_EQ(made->role, Role::admin);
    EXPECT_EQ(made->created_at, now_);
    EXPECT_EQ(made->updated_at, now_);
    EXPECT_EQ(made->revision, store_->status().revision);
    const auto found = find(1);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->email, "A@a.com");
    EXPECT_EQ(found->password_hash.reveal(), some_hash().reveal());
    EXPECT_EQ(found->revision, made->revision);
}

TEST_P(StoreContract, FindsByEmailWithoutCase) {
    apply(create("Mixed@Case.com"));
    EXPECT_EQ(find_by_login("mIXED@cASE.COM")->id, 1U);
    EXPECT_EQ(find_by_login("mixed@case.co").error(), Errc::user_not_found);
}

TEST_P(StoreContract, ComparesOnlyAsciiLettersWithoutCase) {
    ASSERT_TRUE(apply(create("Ä@a.com")));
    ASSERT_TRUE(apply(create("ä@a.com"))) << "another letter, to every store";
    EXPECT_EQ(apply(create("Ä@A.COM")).error(), Errc::email_taken);
    EXPECT_EQ(find_by_login("ä@A.com")->id, 2U);
}

TEST_P(StoreContract, TextsAreTextsWhateverTheyLookLike) {
    const std::vector<std::string> texts{"'; DROP TABLE users; --@a.com", "\"}]@a.com", "%@a.com",
                                         "_@a.com", "?1:a@a.com"};
    for (const std::string& text : texts)
        ASSERT_TRUE(apply(create(text))) << text;
    if (remembers()) open();
    for (std::size_t i = 0; i < texts.size(); ++i)
        EXPECT_EQ(find_by_login(texts[i])->id, i + 1);
    EXPECT_EQ(find_by_login("x@a.com").error(), Errc::user_not_found);
}

TEST_P(StoreContract, AnEmailBelongsToOne) {
    apply(create("a@a.com"));
    apply(create("b@b.com"));
    EXPECT_EQ(apply(create("A@A.COM")).error(), Errc::email_taken);
    UpdateUser update(2);
    update.email = "A@a.com";
    EXPECT_EQ(apply(update).error(), Errc::email_taken);
    EXPECT_EQ(find(2)->email, "b@b.com");
    EXPECT_EQ(ids(), Ids({1, 2}));
}

TEST_P(StoreContract, AnEmailCanChangeItsCase) {
    apply(create("a@a.com"));
    UpdateUser update(1);
    update.email = "A@A.com";
    EXPECT_EQ(apply(update)->email, "A@A.com");
    EXPECT_EQ(find_by_login("a@a.com")->email, "A@A.com");
}

TEST_P(StoreContract, AFreedEmailCanBeTakenAgain) {
    apply(create("a@a.com"));
    UpdateUser update(1);
    update.email = "b@b.com";
    apply(update);
    EXPECT_EQ(find_by_login("a@a.com").error(), Errc::user_not_found);
    EXPECT_EQ(apply(create("a@a.com"))->id, 2U);
    apply(EraseUser(1));
    EXPECT_EQ(apply(create("b@b.com"))->id, 3U);
    EXPECT_EQ(find_by_login("b@b.com")->id, 3U);
}

TEST_P(StoreContract, ChangesOnlyWhatIsSet) {
    const auto before = apply(create("a@a.com"));
    apply(create("admin@a.com", Role::admin));
    now_ += std::chrono::hours(1);
    UpdateUser update(1);
    update.disabled = true;
    const auto after = apply(update);
    ASSERT_TRUE(after);
    EXPECT_TRUE(after->disabled);
    EXPECT_EQ(after->email, "a@a.com");
    EXPECT_EQ(after->role, Role::user);
    EXPECT_EQ(after->password_hash.reveal(), some_hash().reveal());
    EXPECT_EQ(after->created_at, before->created_at);
    EXPECT_EQ(after->updated_at, now_);
    EXPECT_GT(after->revision, before->revision);
    update = UpdateUser(1);
    update.password_hash = some_hash('B');
    update.role = Role::admin;
    apply(update);
    EXPECT_EQ(find(1)->password_hash.reveal(), some_hash('B').reveal());
    EXPECT_EQ(find(1)->role, Role::admin);
    EXPECT_TRUE(find(1)->disabled);
}

TEST_P(StoreContract, IdsAreNeverGivenTwice) {
    apply(create("a@a.com"));
    apply(create("b@b.com"));
    EXPECT_EQ(apply(EraseUser(2))->email, "b@b.com");
    EXPECT_EQ(apply(create("c@c.com"))->id, 3U);
    apply(EraseUser(3));
    if (remembers()) open();
    EXPECT_EQ(apply(create("d@d.com"))->id, 4U);
    EXPECT_EQ(ids(), Ids({1, 4}));
}

TEST_P(StoreContract, AGivenIdLeavesSomeForTheNextUsers) {
    CreateUser highest("a@a.com", some_hash(), Role::admin);
    highest.id = (UserId{1} << 52) + 1;
    EXPECT_EQ(apply(highest).error(), Errc::invalid_request);
    highest.id = UserId{1} << 52;
    ASSERT_TRUE(apply(highest));
    EXPECT_EQ(apply(create("b@b.com"))->id, *highest.id + 1);
    if (remembers()) open();
    EXPECT_EQ(ids(), Ids({*highest.id, *highest.id + 1}));
    EXPECT_EQ(apply(create("c@c.com"))->id, *highest.id + 2);
}

TEST_P(StoreContract, WhatIsGoneIsNotFound) {
    apply(create("a@a.com"));
    EXPECT_TRUE(apply(EraseUser(1)));
    EXPECT_EQ(apply(EraseUser(1)).error(), Errc::user_not_found);
    EXPECT_EQ(apply(UpdateUser(1)).error(), Errc::user_not_found);
    EXPECT_EQ(find(1).error(), Errc::user_not_found);
    EXPECT_EQ(store_->status().users, 0U);
}

TEST_P(StoreContract, TheLastAdministratorStays) {
    apply(create("a@a.com", Role::admin));
    apply(create("b@b.com", Role::admin));
    UpdateUser disable(2);
    disable.disabled = true;
    EXPECT_TRUE(apply(disable));
    UpdateUser demote(1);
    demote.role = Role::user;
    EXPECT_EQ(apply(demote).error(), Errc::last_admin);
    UpdateUser disable_last(1);
    disable_last.disabled = true;
    EXPECT_EQ(apply(disable_last).error(), Errc::last_admin);
    EXPECT_EQ(apply(EraseUser(1)).error(), Errc::last_admin);
    EXPECT_EQ(store_->status().admins, 1U);
    EXPECT_TRUE(apply(EraseUser(2))) << "a disabled administrator does not count";
    UpdateUser rename(1);
    rename.email = "c@c.com";
    EXPECT_TRUE(apply(rename)) << "anything else may change";
}

TEST_P(StoreContract, AnExpectedRevisionMustBeTheUsers) {
    const auto made = apply(create("a@a.com"));
    UpdateUser update(1);
    update.email = "b@b.com";
    update.expected = made->revision;
    const auto changed = apply(update);
    ASSERT_TRUE(changed);
    EXPECT_EQ(apply(update).error(), Errc::revision_mismatch);
    EraseUser erase(1);
    erase.expected = made->revision;
    EXPECT_EQ(apply(erase).error(), Errc::revision_mismatch);
    erase.expected = changed->revision;
    EXPECT_TRUE(apply(erase));
}

TEST_P(StoreContract, ListsByIdInPages) {
    boost::asio::io_context context;
    for (int i = 0; i < 700; ++i)
        boost::asio::co_spawn(context, store_->apply(create(std::to_string(i) + "@a.com")),
                              boost::asio::detached);
    context.run();
    apply(EraseUser(3));
    EXPECT_EQ(ids(0, 3), Ids({1, 2, 4}));
    EXPECT_EQ(ids(4, 2), Ids({5, 6}));
    EXPECT_EQ(ids(698, 10), Ids({699, 700}));
    EXPECT_TRUE(ids(700, 10).empty());
    EXPECT_TRUE(ids(std::numeric_limits<UserId>::max(), 10).empty());
    EXPECT_TRUE(ids(0, 0).empty());
    const Ids all = ids();
    ASSERT_EQ(all.size(), 699U);
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
}

TEST_P(StoreContract, EveryCommitHasARevisionOfItsOwn) {
    Revision last = store_->status().revision;
    for (int i = 0; i < 5; ++i) {
        const auto made = apply(create(std::to_string(i) + "@a.com"));
        EXPECT_GT(made->revision, last);
        last = made->revision;
    }
    apply(EraseUser(5));
    EXPECT_GT(store_->status().revision, last);
    last = store_->status().revision;
    EXPECT_EQ(apply(EraseUser(5)).error(), Errc::user_not_found);
    EXPECT_EQ(store_->status().revision, last) << "a refused write leaves no trace";
}

TEST_P(StoreContract, KeepsEverythingOverARestart) {
    if (!remembers()) GTEST_SKIP() << "it is meant to forget";
    apply(create("Ä \"q\"\\ @a.com", Role::admin));
    apply(create("b@b.com"));
    now_ += std::chrono::hours(5);
    UpdateUser update(2);
    update.disabled = true;
    update.password_hash = some_hash('Z');
    apply(update);
    const auto status = store_->status();
    const auto first = find(1);
    const auto second = find(2);
    open();
    EXPECT_EQ(store_->status().revision, status.revision);
    EXPECT_EQ(store_->status().admins, 1U);
    EXPECT_EQ(find(1)->email, first->email);
    EXPECT_EQ(find(1)->role, Role::admin);
    EXPECT_EQ(find(2)->password_hash.reveal(), second->password_hash.reveal());
    EXPECT_TRUE(find(2)->disabled);
    EXPECT_EQ(find(2)->created_at, second->created_at);
    EXPECT_EQ(find(2)->updated_at, second->updated_at);
    EXPECT_EQ(find(2)->revision, second->revision);
    EXPECT_EQ(find_by_login("B@B.com")->id, 2U);
}

TEST_P(StoreContract, NewCredentialsEndWhatTheOldOnesProved) {
    const auto made = apply(create("a@a.com"));
    EXPECT_EQ(made->credentials_revision, made->revision);
    UpdateUser rename(1);
    rename.email = "b@b.com";
    EXPECT_EQ(apply(rename)->credentials_revision, made->credentials_revision);
    UpdateUser hashed_again(1);
    hashed_again.password_hash = some_hash('B');
    hashed_again.keeps_credentials = true;
    EXPECT_EQ(apply(hashed_again)->credentials_revision, made->credentials_revision);
    UpdateUser new_password(1);
    new_password.password_hash = some_hash('C');
    const auto changed = apply(new_password);
    EXPECT_EQ(changed->credentials_revision, changed->revision);
    EXPECT_EQ(find(1)->credentials_revision, changed->revision);
}

TEST_P(StoreContract, DisablingEndsCredentialsAndSoDoesEnabling) {
    apply(create("a@a.com"));
    UpdateUser disable(1);
    disable.disabled = true;
    disable.keeps_credentials = true;
    const auto disabled = apply(disable);
    EXPECT_EQ(disabled->credentials_revision, disabled->revision);
    EXPECT_EQ(apply(disable)->credentials_revision, disabled->revision) << "it was disabled";
    UpdateUser enable(1);
    enable.disabled = false;
    const auto enabled = apply(enable);
    EXPECT_EQ(enabled->credentials_revision, enabled->revision);
    EXPECT_EQ(apply(enable)->credentials_revision, enabled->revision) << "it was enabled";
    const auto disabled_again = apply(disable);
    EXPECT_EQ(disabled_again->credentials_revision, disabled_again->revision);
}

TEST_P(StoreContract, KnowsAUsersStanding) {
    apply(create("a@a.com", Role::admin));
    auto auth_state = run(store_->auth_state(1));
    ASSERT_TRUE(auth_state);
    EXPECT_EQ(auth_state->role, Role::admin);
    EXPECT_FALSE(auth_state->disabled);
    EXPECT_EQ(auth_state->credentials_revision, 1U);
    EXPECT_EQ(auth_state->created_at, now_);
    apply(create("b@b.com", Role::admin));
    UpdateUser disable(1);
    disable.disabled = true;
    apply(disable);
    EXPECT_TRUE(run(store_->auth_state(1))->disabled);
    EXPECT_EQ(run(store_->auth_state(1))->credentials_revision, 3U);
    EXPECT_EQ(run(store_->auth_state(3)).error(), Errc::user_not_found);
}

TEST_P(StoreContract, MergesIntoTheMetadataThatThereIs) {
    CreateUser creation("a@a.com", some_hash(), Role::user);
    creation.metadata = R"({"a":1,"b":{"c":2.50}})";
    apply(creation);
    UpdateUser merge(1);
    merge.metadata = R"({"a":null,"b":{"d":3}})";
    merge.merges_metadata = true;
    EXPECT_EQ(apply(merge)->metadata, R"({"b":{"c":2.50,"d":3}})");
    merge.metadata = R"({"e":4})";
    EXPECT_EQ(apply(merge)->metadata, R"({"b":{"c":2.50,"d":3},"e":4})");
}

TEST_P(StoreContract, MayHaveTheUserAtHandWithTheirStanding) {
    CreateUser creation("somebody.with.a.long@address.com", some_hash(), Role::user);
    creation.profile.username = "somebody";
    creation.metadata = R"({"a":1})";
    apply(creation);
    User user;
    if (store_->is_shared()) GTEST_SKIP() << "others may change what is in memory";
    const auto auth_state = store_->auth_state_now(1, user);
    ASSERT_TRUE(auth_state);
    EXPECT_EQ(auth_state->role, Role::user);
    if (user.id == 0) GTEST_SKIP() << "a store that is not in memory reads them by themselves";
    const User found = *run(store_->find(1));
    EXPECT_EQ(user.email, found.email);
    EXPECT_EQ(user.profile, found.profile);
    EXPECT_EQ(user.metadata, found.metadata);
    EXPECT_EQ(user.created_at, found.created_at);
    EXPECT_EQ(user.revision, found.revision);
    EXPECT_TRUE(user.password_hash.empty());
    EXPECT_EQ(store_->auth_state_now(2, user).error(), Errc::user_not_found);
}

TEST_P(StoreContract, TakesIdsAndTimesFromAnotherStore) {
    CreateUser user("a@a.com", some_hash(), Role::user);
    user.id = 7;
    user.created_at = now_ - std::chrono::hours(48);
    user.updated_at = now_ - std::chrono::hours(24);
    const auto made = apply(user);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->id, 7U);
    EXPECT_EQ(find(7)->created_at, now_ - std::chrono::hours(48));
    EXPECT_EQ(find(7)->updated_at, now_ - std::chrono::hours(24));
    EXPECT_EQ(apply(create("b@b.com"))->id, 8U) << "ids go on behind it";
    user.email = "c@c.com";
    EXPECT_EQ(apply(user).error(), Errc::id_taken);
    user.id = 3;
    EXPECT_EQ(apply(user).error(), Errc::id_taken) << "perhaps somebody had it once";
    user.id = std::uint64_t{1} << 53;
    EXPECT_EQ(apply(user).error(), Errc::invalid_request) << "no id would be left";
    user.id = 20;
    user.created_at = now_ + std::chrono::years(8000);
    EXPECT_EQ(apply(user).error(), Errc::invalid_request) << "no book can hold that";
}

TEST_P(StoreContract, KeepsMetadata) {
    CreateUser user("a@a.com", some_hash(), Role::user);
    user.metadata = " { \"team\" : \"Ä '\\\"\\u0000\", \"n\" : [1.50, 18446744073709551615] } ";
    const std::string compact = "{\"team\":\"Ä '\\\"\\u0000\",\"n\":[1.50,18446744073709551615]}";
    EXPECT_EQ(apply(user)->metadata, compact);
    EXPECT_EQ(apply(create("b@b.com"))->metadata, "{}");
    UpdateUser rename(1);
    rename.email = "c@c.com";
    EXPECT_EQ(apply(rename)->metadata, compact) << "it stays";
    if (remembers()) open();
    EXPECT_EQ(find(1)->metadata, compact);
    EXPECT_EQ(find_by_login("c@c.com")->metadata, compact);
    EXPECT_EQ(list(0, 10).at(0).metadata, compact);
    EXPECT_EQ(list(0, 10).at(1).metadata, "{}");
    EXPECT_EQ(apply(EraseUser(1))->metadata, compact);
}

TEST_P(StoreContract, MetadataIsReplacedAsAWhole) {
    const auto made = apply(create("a@a.com"));
    UpdateUser update(1);
    update.metadata = "{\"a\":1,\"b\":2}";
    const auto changed = apply(update);
    ASSERT_TRUE(changed);
    EXPECT_GT(changed->revision, made->revision);
    EXPECT_EQ(changed->credentials_revision, made->credentials_revision) << "it ends nothing";
    update.metadata = "{\"c\":3}";
    EXPECT_EQ(apply(update)->metadata, "{\"c\":3}");
    update.metadata = "{}";
    EXPECT_EQ(apply(update)->metadata, "{}");
    if (remembers()) open();
    EXPECT_EQ(find(1)->metadata, "{}");
}

TEST_P(StoreContract, RefusesMetadataThatIsNoObjectOrTooMuch) {
    ASSERT_TRUE(apply(create("a@a.com")));
    const auto revision = store_->status().revision;
    const std::string most = "{\"a\":\"" + std::string(16 * 1024 - 8, 'x') + "\"}";
    const std::string too_much = "{\"a\":\"" + std::string(16 * 1024 - 7, 'x') + "\"}";
    const std::string too_deep = "{\"a\":" + std::string(32, '[') + std::string(32, ']') + "}";
    for (const std::string& metadata :
         {std::string(), std::string("[]"), std::string("null"), std::string("{\"a\":1"),
          std::string("{\"a\":1,\"a\":2}"), std::string("{\"a\":\"\xFF\"}"), too_much, too_deep}) {
        CreateUser user("b@b.com", some_hash(), Role::user);
        user.metadata = metadata;
        EXPECT_EQ(apply(user).error(), Errc::invalid_request) << metadata.substr(0, 20);
        UpdateUser update(1);
        update.metadata = metadata;
        EXPECT_EQ(apply(update).error(), Errc::invalid_request) << metadata.substr(0, 20);
    }
    EXPECT_EQ(store_->status().revision, revision);
    UpdateUser update(1);
    update.metadata = most;
    ASSERT_TRUE(apply(update));
    if (remembers()) open();
    EXPECT_EQ(find(1)->metadata, most);
}

TEST_P(StoreContract, AGroupIsOneChange) {
    UpdateUser update(1);
    update.email = "b@b.com";
    const auto made = apply_all({create("a@a.com"), update, create("a@a.com"), EraseUser(1)});
    ASSERT_TRUE(made) << "each one sees what those before it did";
    ASSERT_EQ(made->size(), 4U);
    EXPECT_EQ((*made)[1].email, "b@b.com");
    EXPECT_EQ((*made)[2].id, 2U);
    EXPECT_EQ((*made)[3].email, "b@b.com") << "as it was";
    EXPECT_EQ(ids(), Ids({2}));
    EXPECT_EQ(store_->status().revision, 4U);
    EXPECT_EQ(apply_all({})->size(), 0U);
}

TEST_P(StoreContract, AGroupThatIsRefusedLeavesNoTrace) {
    apply(create("taken@a.com", Role::admin));
    const auto revision = store_->status().revision;
    EXPECT_EQ(apply_all({create("a@a.com"), create("TAKEN@a.com"), create("b@b.com")}).error(),
              Errc::email_taken);
    EXPECT_EQ(apply_all({create("a@a.com"), EraseUser(1)}).error(), Errc::last_admin);
    EXPECT_EQ(apply_all({create("a@a.com"), EraseUser(9), create("TAKEN@a.com")}).error(),
              Errc::user_not_found)
        << "the first one's error";
    UpdateUser update(1);
    update.email = "b@b.com";
    update.expected = revision;
    EXPECT_EQ(apply_all({update, update}).error(), Errc::revision_mismatch);
    EXPECT_EQ(ids(), Ids({1}));
    EXPECT_EQ(find(1)->email, "taken@a.com");
    EXPECT_EQ(store_->status().revision, revision);
    EXPECT_EQ(apply(create("a@a.com"))->id, 2U) << "its ids are free again";
    if (!remembers()) return;
    open();
    EXPECT_EQ(ids(), Ids({1, 2}));
}

TEST_P(StoreContract, TakesAThousandAtOnce) {
    std::vector<Write> writes;
    for (int i = 0; i < 1000; ++i)
        writes.push_back(create(std::to_string(i) + "@a.com"));
    ASSERT_TRUE(apply_all(std::move(writes)));
    if (remembers()) open();
    EXPECT_EQ(ids(0, 2000).size(), 1000U);
    EXPECT_EQ(find_by_login("999@a.com")->id, 1000U);
}

INSTANTIATE_TEST_SUITE_P(Backends, StoreContract, ::testing::ValuesIn(backends()), name_of_backend);

TEST(OpenStore, RefusesWhatIsNoStore) {
    for (const std::string_view url :
         {"", "users.json", "json:", "sqlite", "sqlite:", "memory:x", "xml:a"}) {
        try {
            open_store(url, test_options());
            ADD_FAILURE() << url;
        } catch (const StartupError& error) {
            EXPECT_EQ(error.code(), Errc::invalid_request) << url;
            EXPECT_NE(std::string(error.what()).find("json:PATH"), std::string::npos);
        }
    }
}

}  // namespace
}  // namespace roster::storage
