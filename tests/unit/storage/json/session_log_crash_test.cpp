// Commits of sessions, and the file compacted among them, over a file system that fails at every
// call in turn: no log-in and no log-out that was acknowledged may be lost, and none that was
// refused may appear.

#include "support/faulty_file_system.hpp"
#include "support/memory_file_system.hpp"
#include "unit/storage/json/session_log_fixture.hpp"

#include <random>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

std::string printed_index(const SessionIndex& index) {
    std::vector<Session> sessions;
    index.append_sessions(0, 1'000'000, sessions);
    return printed(sessions, index.limiter_records(some_time()));
}

SessionIndex index_of(const std::vector<SessionStep>& steps) {
    SessionIndex index;
    for (const SessionStep& step : steps)
        index.apply(step);
    return index;
}

class SessionLogScript {
  public:
    explicit SessionLogScript(std::shared_ptr<FaultyFileSystem> files) : files_(std::move(files)) {
        files_->watch = [this] { on_change(); };
    }

    // Ends early where the power went.
    void run() {
        try {
            log_ = open_log(files_);
        } catch (const StartupError&) {
            return;
        }
        commit({open_session(1), open_session(2), save_limiter("a", "1")});
        commit({open_session(1)});
        compact({EndSessions({1}), open_session(3)});
        commit({TouchSessions({{2, some_time() + std::chrono::hours(1)}}), RenewSession(3, 50)});
        commit({save_limiter("a", ""), save_limiter("b", "2"), open_session(1, 1)});
        compact();
        commit({EndSessionsOf(2), open_session(2)});
        commit({RenewSession(1, 50)});  // it is gone: refused
        compact({TouchSessions({{4, some_time() + std::chrono::hours(2)}}), EndSessions({6}),
                 RenewSession(5, 60), save_limiter("b", "3"), open_session(4)});
        commit({open_session(5)});
    }

    const std::string& acknowledged() const { return acknowledged_; }
    // The batch that was under way when the end came, were it done.
    const std::string& perhaps() const { return perhaps_; }
    SessionId last_id() const { return last_id_; }
    const SessionLog* log() const { return log_.get(); }
    void close() { log_.reset(); }

  private:
    bool is_dead() const { return files_->has_struck() && files_->fault() == Fault::power_cut; }

    void commit(std::vector<SessionWrite> writes) {
        if (is_dead()) return;
        std::vector<SessionStep> steps = steps_;
        SessionIndex done = index_of(steps);
        SessionTransaction batch(done, users_up_to_nine, some_time());
        for (const SessionWrite& write : writes)
            (void)batch.apply(write);
        for (const SessionStep& step : batch.take_steps()) {
            done.apply(step);
            steps.push_back(step);
        }
        if (!files_->has_struck()) perhaps_ = printed_index(done);
        const auto answers = log_->commit(writes);
        const bool is_refused = std::any_of(answers.begin(), answers.end(), [](const auto& answer) {
            return !answer && answer.error() == Errc::store_unavailable;
        });
        if (!is_refused) {
            steps_ = std::move(steps);
            acknowledged_ = printed_index(done);
            if (!files_->has_struck()) perhaps_ = acknowledged_;
            last_id_ = done.next_id() - 1;
        }
        EXPECT_EQ(printed(log_->sessions()), acknowledged_) << files_->struck();
    }

    // Somebody else commits while the file is being written.
    void compact(std::vector<SessionWrite> meanwhile = {}) {
        meanwhile_ = std::move(meanwhile);
        if (!is_dead()) log_->compact();
        meanwhile_.clear();
    }

    void on_change() {
        const bool is_writing = files_->last_call().starts_with("append users.json.sessions.tmp");
        if (is_writing && !meanwhile_.empty()) commit(std::exchange(meanwhile_, {}));
    }

    std::shared_ptr<FaultyFileSystem> files_;
    std::unique_ptr<SessionLog> log_;
    std::vector<SessionWrite> meanwhile_;
    // What was acknowledged, from the beginning.
    std::vector<SessionStep> steps_;
    std::string acknowledged_;
    std::string perhaps_;
    SessionId last_id_ = 0;
};

// Opens what is left, and goes on with it.
void expect_recovers(const std::shared_ptr<MemoryFileSystem>& disk, const SessionLogScript& script,
                     bool perhaps_more, const std::string& where) {
    std::string after;
    try {
        const auto log = open_log(disk);
        const std::string found = printed(log->sessions());
        EXPECT_TRUE(found == script.acknowledged() || (perhaps_more && found == script.perhaps()))
            << where << "\n"
            << script.acknowledged() << "\n"
            << found;
        const auto opened = commit(*log, open_session(8));
        ASSERT_TRUE(opened) << where;
        EXPECT_GT(opened->session->id, script.last_id()) << where << ": an id was given twice";
        log->compact();
        after = printed(log->sessions());
    } catch (const StartupError& error) {
        FAIL() << where << ": " << error.what();
    }
    const auto again = disk->after_power_cut();
    EXPECT_EQ(printed(open_log(again)->sessions()), after) << where;
    EXPECT_EQ(again->names(), std::vector<std::string>({"users.json.sessions"})) << where;
}

std::size_t calls_of_session_script() {
    const auto files = std::make_shared<FaultyFileSystem>(std::make_shared<MemoryFileSystem>());
    SessionLogScript script(files);
    script.run();
    EXPECT_EQ(script.acknowledged(), printed(script.log()->sessions()));
    EXPECT_EQ(script.last_id(), 8U);
    return files->calls();
}

TEST(SessionLogCrash, NothingIsLostWhereverThePowerGoes) {
    const std::size_t calls = calls_of_session_script();
    ASSERT_GT(calls, 35U);
    for (std::size_t call = 1; call <= calls + 1; ++call) {
        const auto disk = std::make_shared<MemoryFileSystem>();
        const auto files = std::make_shared<FaultyFileSystem>(disk);
        files->arm(call, Fault::power_cut);
        SessionLogScript script(files);
        script.run();
        const std::string where = "call " + std::to_string(call) + ", " + files->struck();
        script.close();
        expect_recovers(disk->after_power_cut(), script, true, where);
        for (unsigned seed = 1; seed <= 20; ++seed) {
            std::mt19937 random(seed);
            expect_recovers(disk->after_power_cut(random), script, true,
                            where + ", seed " + std::to_string(seed));
        }
        // The process alone: what it wrote is there, synced or not.
        expect_recovers(disk->after_restart(), script, true, where + ", killed");
        if (::testing::Test::HasFailure()) return;
    }
}

TEST(SessionLogCrash, NothingIsLostWhicheverCallFails) {
    const std::size_t calls = calls_of_session_script();
    for (const Fault fault :
         {Fault::fails, Fault::disk_full, Fault::disk_full_once, Fault::read_only_once}) {
        for (std::size_t call = 1; call <= calls; ++call) {
            const auto disk = std::make_shared<MemoryFileSystem>();
            const auto files = std::make_shared<FaultyFileSystem>(disk);
            files->arm(call, fault);
            SessionLogScript script(files);
            script.run();
            const std::string where = "call " + std::to_string(call) + ", " + files->struck();
            const bool sync_failed = fault == Fault::fails && files->struck().starts_with("sync");
            if (script.log() != nullptr && sync_failed) {
                EXPECT_FALSE(script.log()->is_writable()) << where;
            }
            script.close();
            // After a failed sync nobody can say what the disk holds.
            expect_recovers(disk->after_power_cut(), script, sync_failed, where);
            for (unsigned seed = 1; seed <= 10; ++seed) {
                std::mt19937 random(seed);
                expect_recovers(disk->after_power_cut(random), script, sync_failed,
                                where + ", seed " + std::to_string(seed));
            }
            expect_recovers(disk->after_restart(), script, sync_failed, where + ", restarted");
            if (::testing::Test::HasFailure()) return;
        }
    }
}

}  // namespace
}  // namespace roster::storage
