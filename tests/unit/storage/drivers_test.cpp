#include "storage/drivers.hpp"

#include "unit/storage/search_fixture.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

Errc error_of_view(const std::string& url) {
    try {
        (void)open_store_view(url, {});
    } catch (const StartupError& error) {
        return error.code();
    }
    return Errc::internal;
}

using ViewContract = SearchContract;

// With and without a server that has the store open.
TEST_P(ViewContract, ShowsWhatTheStoreHas) {
    if (!remembers()) return;
    add("admin@a.com", 1, Role::admin);
    add("Anna@a.com", 2);
    add("berta@b.com", 3, Role::user, true);
    ASSERT_TRUE(apply(EraseUser(3)));
    Session session;
    session.user = 2;
    session.label = "laptop";
    session.created_at = session.last_seen_at = now_;
    session.expires_at = now_ + std::chrono::hours(1);
    ASSERT_TRUE(run(store_->apply_session(CreateSession(session, 5))));
    LimiterRecord record;
    record.key = "key";
    record.state = "state";
    record.until = now_ + std::chrono::hours(1);
    ASSERT_TRUE(run(store_->apply_session(SaveLimiterRecords({record}))));
    const StoreStatus status = store_->status();
    for (const bool is_served : {true, false}) {
        if (!is_served) store_.reset();
        OpenOptions options;
        options.now = [this] { return now_; };
        const auto view = open_store_view(url(), options);
        EXPECT_EQ(view->status().users, 2U);
        EXPECT_EQ(view->status().admins, 1U);
        EXPECT_EQ(view->status().sessions, 1U);
        EXPECT_EQ(view->status().revision, status.revision);
        EXPECT_EQ(view->find(2)->email, "Anna@a.com");
        EXPECT_EQ(view->find_by_login("ANNA@a.com")->id, 2U);
        EXPECT_EQ(view->find(3).error(), Errc::user_not_found);
        EXPECT_EQ(ids_of(*view->list(1, 10)), Ids({2}));
        EXPECT_EQ(ids_of(view->search(query("anna"))->users), Ids({2}));
        ASSERT_EQ(view->sessions_of(2)->size(), 1U);
        EXPECT_EQ(view->sessions_of(2)->front().label, "laptop");
        EXPECT_EQ(view->list_sessions(0, 10)->size(), 1U);
        ASSERT_EQ(view->limiter_records()->size(), 1U);
        EXPECT_EQ(view->limiter_records()->front().state, "state");
        EXPECT_TRUE(view->url().starts_with(GetParam() + ":/"));
    }
}

TEST_P(ViewContract, OfAStoreThatDoesNotExistIsRefusedAndMakesNothing) {
    if (!remembers()) return;
    const std::string missing = new_store_url(GetParam(), directory_ / "missing");
    EXPECT_EQ(error_of_view(missing), Errc::store_unavailable);
    EXPECT_FALSE(std::filesystem::exists(directory_ / "missing"));
}

INSTANTIATE_TEST_SUITE_P(Backends, ViewContract, ::testing::ValuesIn(backends()), name_of_backend);

TEST(Drivers, AnUnknownSchemeIsRefusedWithTheKnownOnes) {
    for (const char* url : {"", "users.json", "jsonx:a", "json:", "memory:x", "mysql://a"}) {
        try {
            (void)parse_store_url(url);
            FAIL() << url;
        } catch (const StartupError& error) {
            EXPECT_EQ(error.code(), Errc::invalid_request);
            for (const Driver& driver : drivers())
                EXPECT_NE(std::string_view(error.what()).find(driver.usage), std::string::npos)
                    << url;
        }
    }
}

TEST(Drivers, TheAuditLogLiesBesideTheFileAndAStoreInMemoryHasNone) {
    const TemporaryDirectory directory;
    const std::string file = (directory / "store").string();
    std::filesystem::create_symlink(file, directory / "link");
    for (const Driver& driver : drivers()) {
        if (driver.has_files())
            EXPECT_EQ(default_audit_path(driver.url((directory / "link").string())),
                      std::filesystem::canonical(directory.path()) / "store.audit");
        else
            EXPECT_EQ(default_audit_path(driver.url(driver.has_path ? "//a/b" : "")), "");
    }
}

TEST(Drivers, EveryKindWithFilesCanBeReadMadeAndChecked) {
    for (const Driver& driver : drivers()) {
        EXPECT_NE(driver.open, nullptr);
        EXPECT_NE(driver.open_view, nullptr);
        if (!driver.has_files()) continue;
        EXPECT_TRUE(driver.read && driver.read_shared && driver.make && driver.check &&
                    driver.plan_repair)
            << driver.scheme;
    }
}

}  // namespace
}  // namespace roster::storage
