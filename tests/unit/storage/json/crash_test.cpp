// A script of writes, snapshots and edits over a file system that fails at every call in turn:
// nothing that was acknowledged may be lost, and nothing that was refused may appear.

#include "storage/json/json_maintenance.hpp"
#include "storage/json/json_user_store.hpp"
#include "support/faulty_file_system.hpp"
#include "support/memory_file_system.hpp"
#include "unit/storage/support.hpp"

#include <boost/json/parse.hpp>

#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

// Users as far as the script changes them.
using UserState = std::map<UserId, std::tuple<std::string, std::string, Role, bool>>;

void put(UserState& state, const User& user) {
    state[user.id] = {user.email, std::string(user.password_hash.reveal()), user.role,
                      user.disabled};
}

std::string printed_users(const UserState& state) {
    std::string text;
    for (const auto& [id, user] : state)
        text += std::to_string(id) + " " + std::get<0>(user) + (std::get<3>(user) ? "-, " : ", ");
    return text;
}

UserState state_of(const ConcurrentUserTable& users) {
    UserState state;
    for (const User& user : users.list(0, 10'000))
        put(state, user);
    return state;
}

std::unique_ptr<JsonUserStore> open_live(const std::shared_ptr<FileSystem>& files) {
    return std::make_unique<JsonUserStore>(kUsersFile, test_options(), files);
}

void expect_parses(const MemoryFileSystem& disk, const std::string& where) {
    if (!disk.exists(kUsersFile)) return;
    boost::system::error_code error;
    boost::json::parse(disk.text_of(kUsersFile), error);
    EXPECT_FALSE(error) << where << ": " << disk.text_of(kUsersFile);
}

// What the world was told.
struct Told {
    UserState acknowledged;
    // The batch that was under way when the end came, were it done.
    UserState perhaps;
    UserId last_id = 0;
};

class Script {
  public:
    Script(std::shared_ptr<MemoryFileSystem> disk, std::shared_ptr<FaultyFileSystem> files)
        : disk_(std::move(disk)), files_(std::move(files)) {
        files_->watch = [this] { on_change(); };
    }

    // Ends early where the power went.
    void run() {
        try {
            store_ = open_live(files_);
        } catch (const StartupError&) {
            return;
        }
        commit({create("a@a.com", Role::admin), create("b@b.com"), create("A@a.com")});
        commit({create("c@c.com")});
        snapshot({create("m@m.com")});
        commit({rename(2, "two@b.com"), EraseUser(3), create("d@d.com")});
        commit({EraseUser(1)});  // the last administrator: refused
        snapshot();
        snapshot();
        commit({create("e@e.com"), disable(2)});
        edit("\"email\": \"d@d.com\"", "\"email\": \"dd@d.com\"");
        commit({create("f@f.com"), rename(6, "six@e.com")});
        snapshot({rename(6, "six@six.com"), create("o@o.com")});
        commit({create("g@g.com", Role::admin), EraseUser(1)});
        commit({EraseUser(7), create("h@h.com")});
        snapshot();
        commit({rename(5, "last@d.com")});
    }

    const Told& told() const { return told_; }
    const JsonUserStore* store() const { return store_.get(); }
    void close() { store_.reset(); }

  private:
    static Write rename(UserId id, std::string email) {
        UpdateUser update(id);
        update.email = std::move(email);
        return update;
    }
    static Write disable(UserId id) {
        UpdateUser update(id);
        update.disabled = true;
        return update;
    }

    void commit(std::vector<Write> writes) {
        if (is_dead()) return;
        const UserState before = told_.acknowledged;
        if (!files_->has_struck()) told_.perhaps = if_done(writes);
        const auto answers = store_->commit(writes);
        for (std::size_t i = 0; i < writes.size(); ++i) {
            if (!answers[i]) continue;
            if (std::holds_alternative<EraseUser>(writes[i]))
                told_.acknowledged.erase(answers[i]->id);
            else
                put(told_.acknowledged, *answers[i]);
            told_.last_id = std::max(told_.last_id, answers[i]->id);
        }
        // A store that cannot write takes no edit over either; the next start does.
        if (!edit_waits_) {
            EXPECT_EQ(printed_users(state_of(store_->users())), printed_users(told_.acknowledged))
                << files_->struck();
        }
        if (told_.acknowledged != before) told_.perhaps = told_.acknowledged;
    }

    // The same batch on a store that cannot fail.
    UserState if_done(const std::vector<Write>& writes) const {
        UserIndex index;
        index.next_id = store_->users().index().next_id;
        for (const User& user : store_->users().list(0, 10'000))
            index.insert(to_record(user));
        UserTransaction batch(index, some_time());
        for (const Write& write : writes)
            (void)batch.apply(write);
        apply_changes(batch, index);
        return state_of(ConcurrentUserTable(std::move(index)));
    }

    bool is_dead() const { return files_->has_struck() && files_->fault() == Fault::power_cut; }

    // Somebody else commits while the users file is being written.
    void snapshot(std::vector<Write> meanwhile = {}) {
        meanwhile_ = std::move(meanwhile);
        if (!is_dead()) (void)store_->write_snapshot();
        meanwhile_.clear();
    }

    void on_change() {
        expect_parses(*disk_, "call " + std::to_string(files_->calls()));
        const bool is_writing = files_->last_call().starts_with("append users.json.tmp");
        if (is_writing && !meanwhile_.empty()) commit(std::exchange(meanwhile_, {}));
    }

    // A person saves the users file; the text stays, whatever happens.
    void edit(const std::string& old, const std::string& with) {
        // Where an earlier write failed the ids are others, and the edit could meet one of the
        // writes.
        if (is_dead() || !told_.acknowledged.contains(1)) return;
        std::string text = disk_->text_of(kUsersFile);
        const auto at = text.find(old);
        if (at == std::string::npos) return;  // the users file lags behind: a snapshot failed
        disk_->save(kUsersFile, text.replace(at, old.size(), with));
        for (UserState* state : {&told_.acknowledged, &told_.perhaps})
            for (auto& [id, user] : *state)
                if (std::get<0>(user) == "d@d.com") std::get<0>(user) = "dd@d.com";
        for (int read_locked = 0; read_locked < 3; ++read_locked)
            store_->take_over_edit();
        edit_waits_ = !store_->users().find_by_login("dd@d.com");
    }

    std::shared_ptr<MemoryFileSystem> disk_;
    std::shared_ptr<FaultyFileSystem> files_;
    std::unique_ptr<JsonUserStore> store_;
    std::vector<Write> meanwhile_;
    Told told_;
    bool edit_waits_ = false;
};

// Opens what is left, and goes on with it.
void expect_recovers(const std::shared_ptr<MemoryFileSystem>& disk, const Told& told,
                     bool perhaps_more, const std::string& where) {
    expect_parses(*disk, where);
    UserId next = 0;
    UserState found;
    try {
        const auto store = open_live(disk);
        found = state_of(store->users());
        const auto made = store->commit(std::vector<Write>{create("new@n.com", Role::admin)});
        ASSERT_TRUE(made.front()) << where;
        next = made.front()->id;
        put(found, *made.front());
        (void)store->write_snapshot();
    } catch (const StartupError& error) {
        FAIL() << where << ": " << error.what();
    }
    EXPECT_GT(next, told.last_id) << where << ": an id was given twice";
    UserState without_new = found;
    without_new.erase(next);
    const bool is_right =
        without_new == told.acknowledged || (perhaps_more && without_new == told.perhaps);
    EXPECT_TRUE(is_right) << where << "\n"
                          << printed_users(told.acknowledged) << "\n"
                          << printed_users(without_new);
    const auto again = disk->after_restart();
    EXPECT_EQ(state_of(open_live(again)->users()), found) << where;
    for (const std::string& name : again->names())
        EXPECT_EQ(name.find(".tmp-"), std::string::npos) << where << ": litter";
}

std::size_t calls_of_script() {
    const auto disk = std::make_shared<MemoryFileSystem>();
    const auto files = std::make_shared<FaultyFileSystem>(disk);
    Script script(disk, files);
    script.run();
    EXPECT_EQ(script.told().acknowledged, state_of(script.store()->users()));
    EXPECT_EQ(std::get<0>(script.told().acknowledged.at(5)), "last@d.com");
    return files->calls();
}

TEST(JsonCrash, NothingIsLostWhereverThePowerGoes) {
    const std::size_t calls = calls_of_script();
    ASSERT_GT(calls, 60U);
    for (std::size_t call = 1; call <= calls + 1; ++call) {
        const auto disk = std::make_shared<MemoryFileSystem>();
        const auto files = std::make_shared<FaultyFileSystem>(disk);
        files->arm(call, Fault::power_cut);
        Script script(disk, files);
        script.run();
        const std::string where = "call " + std::to_string(call) + ", " + files->struck();
        expect_recovers(disk->after_power_cut(), script.told(), true, where);
        for (unsigned seed = 1; seed <= 20; ++seed) {
            std::mt19937 random(seed);
            expect_recovers(disk->after_power_cut(random), script.told(), true,
                            where + ", seed " + std::to_string(seed));
        }
        // The process alone: what it wrote is there, synced or not.
        script.close();
        expect_recovers(disk->after_restart(), script.told(), true, where + ", killed");
        if (::testing::Test::HasFailure()) return;
    }
}

// A call that fails once: whatever it was, what was acknowledged is there afterwards, and what was
// refused is not, unless a sync failed; with and without a power cut after it.
TEST(JsonCrash, NothingIsLostWhicheverCallFails) {
    const std::size_t calls = calls_of_script();
    for (const Fault fault :
         {Fault::fails, Fault::disk_full, Fault::disk_full_once, Fault::read_only_once}) {
        for (std::size_t call = 1; call <= calls; ++call) {
            const auto disk = std::make_shared<MemoryFileSystem>();
            const auto files = std::make_shared<FaultyFileSystem>(disk);
            files->arm(call, fault);
            Script script(disk, files);
            script.run();
            const std::string where = "call " + std::to_string(call) + ", " + files->struck();
            const bool sync_failed = fault == Fault::fails && files->struck().starts_with("sync");
            if (script.store() != nullptr && sync_failed) {
                EXPECT_FALSE(script.store()->status().writable) << where;
            }
            script.close();
            // After a failed sync nobody can say what the disk holds.
            expect_recovers(disk->after_power_cut(), script.told(), sync_failed, where);
            for (unsigned seed = 1; seed <= 10; ++seed) {
                std::mt19937 random(seed);
                expect_recovers(disk->after_power_cut(random), script.told(), sync_failed,
                                where + ", seed " + std::to_string(seed));
            }
            expect_recovers(disk->after_restart(), script.told(), sync_failed,
                            where + ", restarted");
            if (::testing::Test::HasFailure()) return;
        }
    }
}

// Wherever the power goes and whatever of the unsynced bytes reaches the disk.
TEST(JsonCrash, AGroupIsThereAsAWholeOrNotAtAll) {
    bool ran_to_the_end = false;
    for (std::size_t call = 1; !ran_to_the_end; ++call) {
        const auto disk = std::make_shared<MemoryFileSystem>();
        const auto files = std::make_shared<FaultyFileSystem>(disk);
        files->arm(call, Fault::power_cut);
        bool is_begun = false;
        bool is_acknowledged = false;
        try {
            const auto store = open_live(files);
            if (store->commit_all(std::vector<Write>{create("a@a.com", Role::admin)})) {
                is_begun = true;
                std::vector<Write> writes{create("b@b.com"), create("c@c.com", Role::admin)};
                for (int i = 0; i < 50; ++i)
                    writes.push_back(create(std::to_string(i) + "@x.com"));
                writes.push_back(EraseUser(1));
                is_acknowledged = store->commit_all(writes).has_value();
                (void)store->write_snapshot();
            }
        } catch (const StartupError&) {
        }
        ran_to_the_end = !files->has_struck();
        for (unsigned seed = 0; seed <= 30; ++seed) {
            std::mt19937 random(seed);
            const auto after = seed == 0 ? disk->after_restart() : disk->after_power_cut(random);
            const UserState found = state_of(open_live(after)->users());
            const bool is_whole = found.size() == 52 && !found.contains(1);
            const bool is_absent = found.size() <= 1;
            EXPECT_TRUE(is_whole || is_absent) << files->struck() << "\n" << printed_users(found);
            if (is_acknowledged) {
                EXPECT_TRUE(is_whole) << files->struck();
            }
            if (!is_begun) {
                EXPECT_TRUE(is_absent) << files->struck();
            }
        }
        if (::testing::Test::HasFailure()) return;
    }
}

// The original project's file is there as it was, or taken over, but nothing between the two.
TEST(JsonCrash, AnOldUsersFileIsNeverHalfTakenOver) {
    bool ran_to_the_end = false;
    for (std::size_t call = 1; !ran_to_the_end; ++call) {
        const auto disk = std::make_shared<MemoryFileSystem>();
        disk->save(kUsersFile, old_book());
        const auto files = std::make_shared<FaultyFileSystem>(disk);
        files->arm(call, Fault::power_cut);
        try {
            open_live(files);
        } catch (const StartupError&) {
        }
        ran_to_the_end = !files->has_struck();
        for (unsigned seed = 1; seed <= 20; ++seed) {
            std::mt19937 random(seed);
            const auto after = disk->after_power_cut(random);
            const std::string text = after->text_of(kUsersFile);
            EXPECT_TRUE(text == old_book() || text.starts_with("{\n\t\"format\": 2,")) << text;
            EXPECT_EQ(open_live(after)->users().status().users, 8U);
        }
    }
}

TEST(JsonCrash, ARepairLosesNotEvenWhatIsDamaged) {
    std::string damaged = old_book();
    damaged.replace(damaged.find("\"c@c.com\""), 9, "\"c@c.com");
    bool ran_to_the_end = false;
    for (std::size_t call = 1; !ran_to_the_end; ++call) {
        const auto disk = std::make_shared<MemoryFileSystem>();
        disk->save(kUsersFile, damaged);
        const auto files = std::make_shared<FaultyFileSystem>(disk);
        files->arm(call, Fault::power_cut);
        try {
            plan_json_repair(kUsersFile, files)->carry_out();
        } catch (const StartupError&) {
        }
        ran_to_the_end = !files->has_struck();
        for (unsigned seed = 1; seed <= 20; ++seed) {
            std::mt19937 random(seed);
            const auto after = disk->after_power_cut(random);
            bool is_there = false;
            for (const std::string& name : after->names())
                is_there |= after->text_of("/d/" + name) == damaged;
            EXPECT_TRUE(is_there) << files->struck() << ", seed " << seed;
        }
    }
}

}  // namespace
}  // namespace roster::storage
