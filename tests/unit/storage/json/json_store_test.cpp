#include "storage/json/json_user_store.hpp"

#include "core/files/file_system.hpp"
#include "storage/json/batch_log.hpp"
#include "unit/storage/json/session_log_fixture.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <thread>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;
namespace fs = std::filesystem;

class JsonStore : public ::testing::Test {
  protected:
    std::unique_ptr<Store> open(const fs::path& path) {
        return open_store("json:" + path.string(), test_options());
    }
    std::unique_ptr<Store> open() { return open(users_file_); }

    // What opening says when it refuses.
    std::string refusal(Errc expected, OpenOptions options = test_options()) {
        try {
            open_store("json:" + users_file_.string(), std::move(options));
        } catch (const StartupError& error) {
            EXPECT_EQ(error.code(), expected) << error.what();
            return error.what();
        }
        ADD_FAILURE() << "it opened";
        return {};
    }

    static unsigned mode_of(const fs::path& path) {
        struct stat status {};
        EXPECT_EQ(::stat(path.c_str(), &status), 0);
        return status.st_mode & 07777;
    }

    TemporaryDirectory directory_;
    fs::path users_file_ = directory_ / "users.json";
};

// Waits for what another thread does; the test's own time limit is the bound.
template <class Condition>
void wait_until(Condition condition) {
    while (!condition())
        std::this_thread::yield();
}

TEST_F(JsonStore, TheUsersFileFollowsByItself) {
    const auto store = open();
    run(store->apply(create("a@a.com")));
    wait_until([&] { return read_text(users_file_).find("a@a.com") != std::string::npos; });
    run(store->apply(create("b@b.com")));
    wait_until([&] { return read_text(users_file_).find("b@b.com") != std::string::npos; });
}

TEST_F(JsonStore, AnEditIsTakenOverByItself) {
    const auto store = open();
    run(store->apply(create("a@a.com")));
    wait_until([&] { return read_text(users_file_).find("a@a.com") != std::string::npos; });
    const auto has = [&](std::string email) {
        return run(store->find_by_login(std::move(email))).has_value();
    };
    std::string text = read_text(users_file_);
    text.replace(text.find("a@a.com"), 7, "b@b.com");
    write_text(users_file_, text);
    wait_until([&] { return has("b@b.com"); });
    wait_until([&] { return read_text(users_file_).find("\"revision\": 2") != std::string::npos; });
    text = read_text(users_file_);
    text.replace(text.find("b@b.com"), 7, "c@c.com");
    write_text(directory_ / "mine", text);
    fs::rename(directory_ / "mine", users_file_);
    wait_until([&] { return has("c@c.com"); });
}

TEST_F(JsonStore, FilesArePrivateUnderAnyMask) {
    for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
        users_file_ = directory_ / ("users" + std::to_string(mask) + ".json");
        const mode_t before = ::umask(mask);
        auto store = open();
        run(store->apply(create("a@a.com")));
        ::umask(before);
        for (const char* suffix : {"", ".base", ".journal", ".lock"})
            EXPECT_EQ(mode_of(users_file_.string() + suffix), 0600U) << suffix;
        store.reset();
        EXPECT_EQ(mode_of(users_file_), 0600U);
    }
}

TEST_F(JsonStore, AMissingUsersFileIsMadeAtOnce) {
    const auto store = open();
    EXPECT_EQ(read_text(users_file_),
              "{\n\t\"format\": 2,\n\t\"revision\": 0,\n\t\"next_id\": 1,\n\t\"users\": []\n}\n");
    EXPECT_EQ(mode_of(users_file_), 0600U);
    EXPECT_EQ(store->url(), "json:" + users_file_.string());
}

TEST_F(JsonStore, TheUsersFileShowsWhatWasCommitted) {
    auto store = open();
    run(store->apply(create("a@a.com", Role::admin)));
    run(store->apply(create("b@b.com")));
    run(store->apply(EraseUser(2)));
    store.reset();
    const auto file = boost::json::parse(read_text(users_file_));
    EXPECT_EQ(file.at("next_id").as_int64(), 3);
    EXPECT_EQ(file.at("revision").as_int64(), 3);
    ASSERT_EQ(file.at("users").as_array().size(), 1U);
    EXPECT_EQ(file.at("users").at(0).at("email").as_string(), "a@a.com");
    EXPECT_EQ(file.at("users").at(0).at("role").as_string(), "admin");
}

TEST_F(JsonStore, AnOldUsersFileIsRewrittenBeforeItIsServed) {
    write_text(users_file_, old_book());
    const auto store = open();
    const std::string text = read_text(users_file_);
    EXPECT_EQ(text.find("\"aaa\""), std::string::npos) << "no plain password stays";
    EXPECT_NE(text.find(some_hash('H').reveal()), std::string::npos);
    EXPECT_EQ(run(store->find(1))->role, Role::admin);
    EXPECT_EQ(run(store->find(4))->email, "d@d.com");
    EXPECT_EQ(run(store->find(4))->password_hash.reveal(), some_hash('H').reveal());
    EXPECT_EQ(run(store->apply(create("n@n.com")))->id, 9U);
}

TEST_F(JsonStore, APlainPasswordNeedsAHashFunction) {
    write_text(users_file_, old_book());
    OpenOptions options = test_options();
    options.hash_password = nullptr;
    EXPECT_NE(refusal(Errc::store_damaged, options).find("users.json:6:16: "), std::string::npos);
    options.hash_password = [](const Secret& password) -> result<Secret> {
        if (password.reveal() == "ccc") return Errc::invalid_request;
        return some_hash();
    };
    EXPECT_NE(refusal(Errc::store_damaged, options).find("users.json:16:16: "), std::string::npos);
    EXPECT_EQ(read_text(users_file_), old_book());
}

TEST_F(JsonStore, ADamagedUsersFileIsNamedAndLeftAlone) {
    for (const std::string& text :
         {std::string(), std::string(100, '\0'), old_book().substr(0, 100)}) {
        write_text(users_file_, text);
        const std::string says = refusal(Errc::store_damaged);
        EXPECT_EQ(says.rfind(users_file_.string() + ":", 0), 0U) << says;
        EXPECT_EQ(read_text(users_file_), text);
    }
}

TEST_F(JsonStore, ModeAndLinkOfAUsersFileStay) {
    const fs::path real = directory_ / "real.json";
    write_text(real, old_book());
    ASSERT_EQ(::chmod(real.c_str(), 0640), 0);
    fs::create_symlink("real.json", users_file_);
    auto store = open();
    run(store->apply(create("n@n.com")));
    store.reset();
    EXPECT_TRUE(fs::is_symlink(users_file_));
    EXPECT_EQ(mode_of(real), 0640U);
    EXPECT_NE(read_text(real).find("n@n.com"), std::string::npos);
    EXPECT_TRUE(fs::exists(directory_ / "real.json.lock"));
}

TEST_F(JsonStore, ALinkToNothingIsFollowed) {
    fs::create_symlink("real.json", users_file_);
    const auto store = open();
    EXPECT_TRUE(fs::is_symlink(users_file_));
    EXPECT_TRUE(fs::is_regular_file(directory_ / "real.json"));
}

TEST_F(JsonStore, AUsersFileHasOneServer) {
    const auto store = open();
    const std::string pid = std::to_string(::getpid());
    const std::string says = refusal(Errc::store_locked);
    EXPECT_NE(says.find(users_file_.string()), std::string::npos) << says;
    EXPECT_NE(says.find("process " + pid), std::string::npos) << says;
    const fs::path link = directory_ / "link.json";
    fs::create_symlink(users_file_, link);
    EXPECT_THROW(open(link), StartupError);
}

TEST_F(JsonStore, TheLockEndsWithTheStore) {
    open().reset();
    EXPECT_TRUE(fs::exists(directory_ / "users.json.lock"));
    EXPECT_NO_THROW(open());
}

TEST_F(JsonStore, LeavesNoLitterAndRemovesThatOfOthers) {
    const fs::path stale = directory_ / "users.json.tmp-0123456789abcdef";
    const fs::path another = directory_ / "users.json.tmp-mine";
    write_text(stale, "x");
    write_text(another, "x");
    auto store = open();
    run(store->apply(create("a@a.com")));
    store.reset();
    EXPECT_FALSE(fs::exists(stale));
    EXPECT_TRUE(fs::exists(another));
    EXPECT_EQ(std::distance(fs::directory_iterator(directory_.path()), fs::directory_iterator()), 6)
        << "the users file, snapshot, journal, sessions and lock, and what is another's";
}

TEST_F(JsonStore, StartsWithoutSessionsWhereTheirFileIsMissing) {
    Session session;
    session.user = 1;
    session.expires_at = some_time() + std::chrono::days(1);
    auto store = open();
    run(store->apply(create("a@a.com")));
    EXPECT_TRUE(run(store->apply_session(CreateSession(session, 100))));
    store.reset();
    EXPECT_EQ(open()->status().sessions, 1U);
    EXPECT_EQ(mode_of(directory_ / "users.json.sessions"), 0600U);
    fs::remove(directory_ / "users.json.sessions");
    store = open();
    EXPECT_EQ(store->status().sessions, 0U);
    EXPECT_EQ(store->status().users, 1U);
    EXPECT_TRUE(run(store->apply_session(CreateSession(session, 100))));
}

TEST_F(JsonStore, DamagedSessionsRefuseTheStart) {
    open().reset();
    const fs::path sessions = directory_ / "users.json.sessions";
    write_text(sessions, frame_of(1, 1, "{\"ended\":[1]}\n") + "broken\n" +
                             frame_of(2, 1, "{\"ended\":[2]}\n"));
    const std::string text = refusal(Errc::store_damaged);
    EXPECT_NE(text.find("users.json.sessions: byte "), std::string::npos) << text;
    fs::remove(sessions);
    EXPECT_NO_THROW(open());
}

TEST_F(JsonStore, SessionsOfAUserErasedByHandAreGone) {
    const auto store = open();
    run(store->apply(create("a@a.com", Role::admin)));
    run(store->apply(create("b@b.com")));
    Session session;
    session.user = 2;
    session.expires_at = some_time() + std::chrono::days(1);
    EXPECT_TRUE(run(store->apply_session(CreateSession(session, 100))));
    wait_until([&] { return read_text(users_file_).find("b@b.com") != std::string::npos; });
    std::string text = read_text(users_file_);
    const auto begin = text.find(",\n\t\t{\n\t\t\t\"id\": 2");
    const auto end = text.find("\n\t]");
    ASSERT_NE(begin, std::string::npos) << text;
    write_text(users_file_, text.erase(begin, end - begin));
    wait_until([&] { return store->status().users == 1; });
    wait_until([&] { return store->status().sessions == 0; });
}

TEST_F(JsonStore, TakesNothingItCouldNotGiveBack) {
    const auto store = open();
    const auto apply = [&](Write write) { return run(store->apply(std::move(write))).error(); };
    EXPECT_EQ(apply(create(std::string(255, 'a'))), Errc::invalid_request);
    EXPECT_EQ(apply(create("a\n@a.com")), Errc::invalid_request);
    EXPECT_EQ(apply(CreateUser("a@a.com", Secret("plain"), Role::user)), Errc::invalid_request);
    EXPECT_FALSE(apply(CreateUser("a@a.com", Secret(), Role::user)));
    UpdateUser update(1);
    update.password_hash = Secret("plain");
    EXPECT_EQ(apply(update), Errc::invalid_request);
}

TEST_F(JsonStore, ADirectoryIsNoUsersFile) {
    fs::create_directory(users_file_);
    refusal(Errc::store_unavailable);
    users_file_ = directory_ / "missing" / "users.json";
    refusal(Errc::store_unavailable);
}

// Stores as earlier versions of roster wrote them.
class JsonSample : public JsonStore {
  protected:
    std::unique_ptr<Store> open_sample(const std::string& name) {
        for (const auto& file : fs::directory_iterator(fs::path(ROSTER_JSON_SAMPLES) / name))
            fs::copy_file(file.path(), directory_ / file.path().filename().string());
        return open();
    }
};

// A member named metadata was one that was only kept.
TEST_F(JsonSample, OfBeforeMetadataOpensWithItsJournal) {
    auto store = open_sample("before_metadata");
    EXPECT_EQ(store->status().users, 3U);
    EXPECT_EQ(run(store->find(1))->metadata, "{}");
    EXPECT_EQ(run(store->find(2))->metadata, "{\"team\":\"red\",\"floors\":[1,2.50]}");
    EXPECT_EQ(run(store->find(3))->email, "c@c.com");
    ASSERT_TRUE(run(store->apply(create("d@d.com"))));
    store.reset();
    const std::string text = read_text(users_file_);
    EXPECT_NE(text.find("\"nick\": \"Bee\""), std::string::npos);
    EXPECT_NE(text.find("\"team\": \"red\""), std::string::npos);
}

TEST_F(JsonSample, WithSessionsAndMetadataOpensWithBothLogs) {
    const auto store = open_sample("with_sessions");
    EXPECT_EQ(store->status().users, 3U);
    EXPECT_EQ(store->status().revision, 6U);
    const auto changed = run(store->find(2));
    EXPECT_TRUE(changed->disabled);
    EXPECT_EQ(changed->metadata, "{\"team\":\"blue\"}");
    EXPECT_EQ(changed->credentials_revision, 4U);
    EXPECT_EQ(run(store->find(4))->password_hash.reveal(), some_hash('D').reveal());
    const auto sessions = run(store->list_sessions(0, 10));
    ASSERT_EQ(sessions->size(), 2U);
    EXPECT_EQ(sessions->at(0).label, "Ä \"laptop\"");
    EXPECT_EQ(sessions->at(1).last_seen_at, some_time() + std::chrono::hours(1));
    EXPECT_EQ(sessions->at(1).credentials_revision, 2U);
    const auto records = run(store->limiter_records());
    ASSERT_EQ(records->size(), 1U);
    EXPECT_EQ(records->front().key, "account 1");
    EXPECT_EQ(run(store->apply(create("n@n.com")))->id, 5U);
}

}  // namespace
}  // namespace roster::storage
