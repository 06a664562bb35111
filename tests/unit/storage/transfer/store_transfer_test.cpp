// Whole stores on their way from one kind to another.

#include "storage/transfer/store_transfer.hpp"

#include "core/files/file_system.hpp"
#include "core/files/temporary_lock.hpp"
#include "unit/storage/support.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

namespace fs = std::filesystem;

std::vector<std::string> kinds() {
    auto kinds = backends();
    std::erase(kinds, "memory");
    return kinds;
}

// Of a database nothing lies on a disk, and nothing is renamed.
std::vector<std::string> kinds_with_files() {
    auto with_files = kinds();
    std::erase(with_files, "postgres");
    return with_files;
}

TransferOptions options() {
    TransferOptions options;
    options.open = test_options();
    return options;
}

TransferOptions replacing() {
    TransferOptions options = storage::options();
    options.replace = true;
    return options;
}

Session session_of(const User& user, unsigned char mark) {
    Session session;
    session.user = user.id;
    session.digest.fill(mark);
    session.credentials_revision = user.credentials_revision;
    session.label = "label \"" + std::to_string(mark) + "\"";
    session.address = "192.0.2.1";
    session.user_agent = "ö";
    session.created_at = some_time();
    session.last_seen_at = some_time() + std::chrono::hours(1);
    session.expires_at = some_time() + std::chrono::hours(24);
    return session;
}

// Everything that a store shows, as text.
std::string shown(const std::string& url) {
    const auto store = open_store(url, test_options());
    std::string text = std::to_string(store->status().revision) + "\n";
    for (const User& user : *run(store->list(0, 1000)))
        text += std::to_string(user.id) + " " + user.email + " " +
                std::string(user.password_hash.reveal()) + " " + std::string(to_string(user.role)) +
                " " + std::to_string(user.disabled) + " " +
                std::to_string(user.created_at.time_since_epoch().count()) + " " +
                std::to_string(user.updated_at.time_since_epoch().count()) + " " +
                std::to_string(user.revision) + " " + std::to_string(user.credentials_revision) +
                " " + user.metadata + "\n";
    for (const Session& session : *run(store->list_sessions(0, 1000)))
        text += std::to_string(session.id) + " " + std::to_string(session.user) + " " +
                std::to_string(session.digest[7]) + " " +
                std::to_string(session.credentials_revision) + " " + session.label +
                session.address + session.user_agent + " " +
                std::to_string(session.last_seen_at.time_since_epoch().count()) + "\n";
    auto records = *run(store->limiter_records());
    std::sort(records.begin(), records.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
    for (const LimiterRecord& record : records)
        text += record.key + " " + record.state + "\n";
    return text;
}

// The ids that are given next.
std::tuple<UserId, SessionId> next_ids(const std::string& url) {
    const auto store = open_store(url, test_options());
    const User user = *run(store->apply(create("next@n.com")));
    const auto opened = run(store->apply_session(CreateSession(session_of(user, 99), 10)));
    return {user.id, opened->session->id};
}

class Transfers : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
  protected:
    void SetUp() override { fill(from()); }

    static void fill(const std::string& url) {
        const auto store = open_store(url, test_options());
        const User admin = *run(store->apply(create("a@a.com", Role::admin)));
        CreateUser late("Ö@b.com", Secret(), Role::user);
        late.disabled = true;
        late.metadata = R"({"n":1.50,"tags":["ö",{}]})";
        late.id = 4000;
        late.created_at = some_time() - std::chrono::hours(1000);
        const User user = *run(store->apply(late));
        const User gone = *run(store->apply(create("gone@g.com")));
        for (unsigned char mark = 1; mark <= 3; ++mark)
            EXPECT_TRUE(run(store->apply_session(CreateSession(session_of(admin, mark), 10))));
        EXPECT_TRUE(run(store->apply_session(CreateSession(session_of(gone, 4), 10))));
        EXPECT_TRUE(run(store->apply_session(EndSessions({2}))));
        EXPECT_TRUE(run(store->apply(EraseUser(gone.id))));
        EXPECT_TRUE(run(store->apply_session(SaveLimiterRecords(
            {LimiterRecord("account 9", "5", some_time() + std::chrono::hours(1)),
             LimiterRecord("account 10", "6", some_time() + std::chrono::hours(1))}))));
        EXPECT_EQ(user.id, 4000U);
    }

    std::string from() const { return url(std::get<0>(GetParam()), "from"); }
    std::string to() const { return url(std::get<1>(GetParam()), "to"); }
    std::string path(const std::string& name) const { return (directory_ / name).string(); }
    std::string url(const std::string& kind, const std::string& name) const {
        std::string& url = urls_[kind + name];
        if (url.empty()) url = new_store_url(kind, directory_ / name);
        return url;
    }
    std::string backup() const {
        const std::string& kind = std::get<0>(GetParam());
        return (kind == "postgres" ? "sqlite" : kind) + ":" + path("backup");
    }
    bool source_has_files() const { return std::get<0>(GetParam()) != "postgres"; }
    bool target_has_files() const { return std::get<1>(GetParam()) != "postgres"; }
    // What a transfer must not leave.
    std::vector<std::string> litter() const {
        std::vector<std::string> litter;
        for (const auto& entry : fs::directory_iterator(directory_.path())) {
            const std::string name = entry.path().filename().string();
            if (name.find(".new-") != std::string::npos ||
                name.find(".replacing") != std::string::npos)
                litter.push_back(name);
        }
        return litter;
    }

    TemporaryDirectory directory_;
    mutable std::map<std::string, std::string> urls_;
};

TEST_P(Transfers, ACopyHasEverything) {
    const Transferred done = copy_store(from(), to(), options());
    EXPECT_EQ(done.totals.users, 2U);
    EXPECT_EQ(done.totals.sessions, 2U);
    EXPECT_EQ(litter(), std::vector<std::string>());
    EXPECT_FALSE(fs::exists(path("to.lock")));
    EXPECT_EQ(shown(to()), shown(from()));
    EXPECT_EQ(next_ids(to()), next_ids(from()));
}

TEST_P(Transfers, ACopyComesBackAsItWas) {
    copy_store(from(), to(), options());
    const std::string back = url(std::get<0>(GetParam()), "back");
    copy_store(to(), back, options());
    EXPECT_EQ(shown(back), shown(from()));
    const bool is_json = std::get<0>(GetParam()) == "json";
    if (is_json) {
        EXPECT_EQ(read_text(path("back")), read_text(path("from")));
    }
}

TEST_P(Transfers, ATargetThatIsNotEmptyIsOnlyReplacedWhenTold) {
    {
        const auto store = open_store(to(), test_options());
        (void)run(store->apply(create("old@o.com")));
    }
    const std::string before = shown(to());
    EXPECT_THROW(copy_store(from(), to(), options()), TargetOccupied);
    EXPECT_EQ(shown(to()), before);
    copy_store(from(), to(), replacing());
    EXPECT_EQ(shown(to()), shown(from()));
    EXPECT_EQ(litter(), std::vector<std::string>());
}

TEST_P(Transfers, AnEmptyTargetIsNone) {
    open_store(to(), test_options()).reset();
    copy_store(from(), to(), options());
    EXPECT_EQ(shown(to()), shown(from()));
}

TEST_P(Transfers, WhoeverCallsItOffLeavesTheTarget) {
    fill(to());
    const std::string before = shown(to());
    TransferOptions called_off = replacing();
    called_off.before_placing = [] { throw std::runtime_error("no"); };
    EXPECT_THROW(copy_store(from(), to(), called_off), std::runtime_error);
    if (source_has_files()) {
        EXPECT_THROW(restore_store(path("from"), to(), false, called_off), std::runtime_error);
    }
    EXPECT_EQ(shown(to()), before);
    EXPECT_EQ(litter(), std::vector<std::string>());
}

TEST_P(Transfers, ADamagedSourceLeavesTheTarget) {
    if (!source_has_files()) GTEST_SKIP() << "nothing that a test could damage";
    fill(to());
    const std::string before = shown(to());
    const bool has_snapshot = fs::exists(path("from.base"));
    const std::string record = path(has_snapshot ? "from.base" : "from");
    const std::string text = read_text(record);
    for (const std::size_t size : {text.size() / 2, text.size() - 20, std::size_t{0}}) {
        write_text(record, text.substr(0, size));
        EXPECT_THROW(copy_store(from(), to(), replacing()), StartupError) << size;
        EXPECT_THROW(restore_store(path("from"), to(), true, replacing()), StartupError) << size;
    }
    EXPECT_EQ(shown(to()), before);
    EXPECT_EQ(litter(), std::vector<std::string>());
}

TEST_P(Transfers, AStoreInUseIsRefused) {
    fill(to());
    // A database is read as it was at one moment, also beside servers.
    if (source_has_files()) {
        const auto served = open_store(from(), test_options());
        EXPECT_THROW(copy_store(from(), to(), replacing()), StartupError);
    }
    const auto served = open_store(to(), test_options());
    EXPECT_THROW(copy_store(from(), to(), replacing()), StartupError);
    if (source_has_files()) {
        EXPECT_THROW(restore_store(path("from"), to(), true, replacing()), StartupError);
    }
}

TEST_P(Transfers, TheSameStoreOnBothSidesIsRefused) {
    EXPECT_THROW(copy_store(from(), from(), replacing()), StartupError);
    if (!source_has_files() || !target_has_files()) return;
    fs::create_symlink("from", path("link"));
    fs::create_hard_link(path("from"), path("second"));
    for (const std::string name : {"from", "link", "second", "from.lock", "from.audit"}) {
        const std::string same = url(std::get<1>(GetParam()), name);
        EXPECT_THROW(copy_store(from(), same, replacing()), StartupError) << name;
        EXPECT_THROW(back_up_store(from(), path(name), replacing()), StartupError) << name;
        EXPECT_THROW(restore_store(path("from"), same, true, replacing()), StartupError) << name;
    }
}

TEST_P(Transfers, ABackupIsAStore) {
    const Transferred done = back_up_store(from(), path("backup"), options());
    EXPECT_EQ(done.totals.users, 2U);
    EXPECT_EQ(done.totals.sessions, 2U);
    EXPECT_GT(done.bytes, 100U);
    EXPECT_EQ(fs::status(path("backup")).permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(shown(backup()), shown(from()));
    EXPECT_EQ(litter(), std::vector<std::string>());
}

TEST_P(Transfers, ABackupOfAServedStoreHasWhatWasAcknowledged) {
    const auto store = open_store(from(), test_options());
    const User late = *run(store->apply(create("late@l.com")));
    EXPECT_TRUE(run(store->apply_session(CreateSession(session_of(late, 9), 10))));
    const Transferred done = back_up_store(from(), path("backup"), options());
    EXPECT_EQ(done.totals.users, 3U);
    EXPECT_EQ(done.totals.sessions, 3U);
    EXPECT_EQ(done.totals.revision, store->status().revision);
    EXPECT_TRUE(run(store->apply(create("later@l.com"))));
}

TEST_P(Transfers, ABackupReplacesAnotherFileOnlyWhenTold) {
    write_text(path("backup"), "mine");
    EXPECT_THROW(back_up_store(from(), path("backup"), options()), TargetOccupied);
    EXPECT_EQ(read_text(path("backup")), "mine");
    fs::permissions(path("backup"), fs::perms::all);
    back_up_store(from(), path("backup"), replacing());
    EXPECT_EQ(fs::status(path("backup")).permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(shown(backup()), shown(from()));
}

TEST_P(Transfers, ARestoreDropsSessionsUnlessTold) {
    back_up_store(from(), path("backup"), options());
    const Transferred done = restore_store(path("backup"), to(), false, options());
    EXPECT_EQ(done.dropped_sessions, 2U);
    EXPECT_EQ(done.totals.sessions, 0U);
    EXPECT_EQ(done.kept, "");
    EXPECT_EQ(open_store(to(), test_options())->status().sessions, 0U);
    const std::string second = url(std::get<1>(GetParam()), "second");
    restore_store(path("backup"), second, true, replacing());
    EXPECT_EQ(shown(second), shown(from()));
}

TEST_P(Transfers, ARestoreKeepsTheOldStoreAndGivesNoIdTwice) {
    if (!target_has_files()) GTEST_SKIP() << "a database is restored while it is empty";
    back_up_store(from(), path("backup"), options());
    copy_store(from(), to(), options());
    const auto given = next_ids(to());
    const std::string before = shown(to());
    EXPECT_THROW(restore_store(path("backup"), to(), false, options()), TargetOccupied);
    const Transferred done = restore_store(path("backup"), to(), false, replacing());
    EXPECT_EQ(shown(done.kept), before);
    const auto ids = next_ids(to());
    EXPECT_GT(std::get<0>(ids), std::get<0>(given));
    EXPECT_GT(std::get<1>(ids), std::get<1>(given));
}

TEST_P(Transfers, ARestoreTakesTheStateOfADamagedStoreToo) {
    if (!target_has_files()) GTEST_SKIP() << "nothing that a test could damage";
    back_up_store(from(), path("backup"), options());
    fill(to());
    for (const char* name : {"to", "to.base"})
        write_text(path(name), "damaged");
    write_text(path("to.journal"), "{\"batch\":9");
    write_text(path("to-wal"), "damaged");
    const Transferred done = restore_store(path("backup"), to(), true, replacing());
    EXPECT_TRUE(done.old_was_unreadable);
    EXPECT_EQ(shown(to()), shown(from()));
    EXPECT_EQ(read_text(done.kept.substr(done.kept.find(':') + 1)), "damaged");
}

INSTANTIATE_TEST_SUITE_P(Kinds, Transfers,
                         ::testing::Combine(::testing::ValuesIn(kinds()),
                                            ::testing::ValuesIn(kinds())),
                         [](const auto& kinds) {
                             return std::get<0>(kinds.param) + "_to_" + std::get<1>(kinds.param);
                         });

class BookTransfers : public ::testing::Test {
  protected:
    std::string path(const std::string& name) const { return (directory_ / name).string(); }

    TemporaryDirectory directory_;
};

TEST_F(BookTransfers, AnOldBookIsHashedOnTheWayAndLeftAlone) {
    write_text(path("old.json"), old_book());
    copy_store("json:" + path("old.json"), "json:" + path("new.json"), options());
    EXPECT_EQ(read_text(path("old.json")), old_book());
    const auto store = open_store("json:" + path("new.json"), test_options());
    EXPECT_EQ(store->status().users, 8U);
    EXPECT_EQ(store->status().admins, 1U);
    EXPECT_EQ(run(store->find(1))->password_hash.reveal(), some_hash('H').reveal());
}

TEST_F(BookTransfers, MembersThatRosterDoesNotKnowAreKeptOrCounted) {
    const std::string from = "json:" + path("from.json");
    write_text(path("from.json"),
               "{\"note\":\"n\",\"users\":[{\"email\":\"a@a.com\",\"password\":\"\",\"nick\":"
               "\"A\"},{\"email\":\"b@b.com\",\"password\":\"\"}]}");
    open_store(from, test_options()).reset();
    const Transferred book = copy_store(from, "json:" + path("to.json"), options());
    EXPECT_EQ(book.users_with_lost_members, 0U);
    EXPECT_FALSE(book.has_lost_file_members);
    EXPECT_EQ(read_text(path("to.json")), read_text(path("from.json")));
#ifdef ROSTER_WITH_SQLITE
    const Transferred database = copy_store(from, "sqlite:" + path("to.db"), options());
    EXPECT_EQ(database.users_with_lost_members, 1U);
    EXPECT_TRUE(database.has_lost_file_members);
#endif
}

TEST_F(BookTransfers, AnEditThatTheServerHasNotTakenOverIsNoPartOfABackup) {
    const std::string url = "json:" + path("users.json");
    {
        const auto store = open_store(url, test_options());
        (void)run(store->apply(create("a@a.com", Role::admin)));
    }
    const auto lock = lock_for_writing(*make_posix_file_system(), path("users.json"));
    const std::string text = read_text(path("users.json"));
    std::string edited = text;
    edited.replace(edited.find("$argon2id"), some_hash().size_bytes(), "plain");
    write_text(path("users.json"), edited);
    std::thread editor([&] {
        // What a server does when it has looked at it.
        std::this_thread::yield();
        fs::rename(path("users.json"), path("edited.json"));
        write_text(path("next.json"), text);
        fs::rename(path("next.json"), path("users.json"));
    });
    const Transferred done = back_up_store(url, path("backup.json"), options());
    editor.join();
    EXPECT_EQ(done.totals.users, 1U);
    EXPECT_EQ(read_text(path("backup.json")), text);
}

TEST_F(BookTransfers, ADirectoryIsNotReplaced) {
    write_text(path("from.json"), old_book());
    for (const std::string& kind : kinds_with_files()) {
        for (const char* name : {"to", "to2"}) {
            const bool is_journal = name == std::string_view("to2");
            const std::string directory = path(is_journal ? "to2.journal" : "to");
            if (is_journal && kind != "json") continue;
            fs::create_directory(directory);
            EXPECT_THROW(
                copy_store("json:" + path("from.json"), kind + ":" + path(name), replacing()),
                StartupError);
            EXPECT_TRUE(fs::is_directory(directory));
            EXPECT_FALSE(fs::exists(path(name) + ".replacing"));
        }
    }
}

TEST_F(BookTransfers, WhatIsNotThereIsNotMade) {
    for (const std::string& kind : kinds()) {
        const std::string url = new_store_url(kind, path("typo"));
        EXPECT_THROW(copy_store(url, "json:" + path("to.json"), options()), StartupError);
        EXPECT_THROW(back_up_store(url, path("backup"), options()), StartupError);
    }
    EXPECT_THROW(restore_store(path("typo"), "json:" + path("to.json"), false, options()),
                 StartupError);
    EXPECT_THROW(copy_store("memory:", "json:" + path("to.json"), options()), StartupError);
    EXPECT_TRUE(fs::is_empty(directory_.path()));
}

}  // namespace
}  // namespace roster::storage
