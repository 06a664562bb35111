#include "audit/audit_writer.hpp"

#include "unit/audit/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace roster::audit {
namespace {

using namespace roster::audit::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Stores the lines; can be told to fail, or to block the writer in an append.
class TestSink final : public AuditSink {
  public:
    struct State {
        std::mutex mutex;
        std::condition_variable changed;
        std::string text;
        std::size_t syncs = 0;
        std::size_t reopenings = 0;
        std::size_t attempts = 0;
        bool refuses = false;
        bool refuses_sync = false;
        bool holds_up = false;

        void set(bool State::*member, bool value) {
            const std::lock_guard lock(mutex);
            this->*member = value;
            changed.notify_all();
        }
        template <class Condition>
        void wait_until(Condition condition) {
            std::unique_lock lock(mutex);
            changed.wait(lock, condition);
        }
    };

    explicit TestSink(std::shared_ptr<State> state) : state_(std::move(state)) {}

    result<void> append(std::string_view lines, std::uint64_t) override {
        std::unique_lock lock(state_->mutex);
        ++state_->attempts;
        state_->changed.notify_all();
        state_->changed.wait(lock, [this] { return !state_->holds_up; });
        if (state_->refuses) return make_error_code(boost::system::errc::no_space_on_device);
        state_->text += lines;
        state_->changed.notify_all();
        return {};
    }

    result<void> sync() override {
        const std::lock_guard lock(state_->mutex);
        ++state_->syncs;
        state_->changed.notify_all();
        if (state_->refuses_sync) return make_error_code(boost::system::errc::io_error);
        return {};
    }

    result<void> reopen() override {
        const std::lock_guard lock(state_->mutex);
        ++state_->reopenings;
        state_->changed.notify_all();
        return {};
    }

  private:
    std::shared_ptr<State> state_;
};

struct Fixture {
    std::shared_ptr<TestSink::State> sink = std::make_shared<TestSink::State>();
    KeptLog kept;

    std::unique_ptr<AuditWriter> open(AuditLimits limits) {
        AuditOptions options = audit_options();
        options.log = kept.log;
        return std::make_unique<AuditWriter>(std::make_unique<TestSink>(sink), AuditChain(),
                                             options, limits);
    }

    std::vector<std::string> actions() const {
        std::vector<std::string> found;
        for (const std::string& line : lines_of(sink->text))
            found.push_back(action_in(line));
        return found;
    }
};

// Nothing happens by time: a test that depended on it would hang.
AuditLimits patient_limits() {
    AuditLimits limits;
    limits.sync_interval = std::chrono::hours(1);
    limits.retry_interval = std::chrono::hours(1);
    return limits;
}

TEST(AuditWriter, WritesAndSyncsEverythingAtTheEnd) {
    Fixture fixture;
    {
        const auto log = fixture.open(patient_limits());
        for (const char* action : {"a", "b", "c"})
            log->record(event_of(action));
    }
    EXPECT_THAT(fixture.actions(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(fixture.sink->syncs, 1U);
    EXPECT_TRUE(fixture.kept.log->text().empty()) << fixture.kept.log->text();
}

TEST(AuditWriter, WritesAtOnceAndSyncsWithoutAnotherEvent) {
    Fixture fixture;
    AuditLimits limits = patient_limits();
    limits.sync_interval = std::chrono::milliseconds(1);
    const auto log = fixture.open(limits);
    log->record(event_of("a"));
    fixture.sink->wait_until([&] { return !fixture.sink->text.empty(); });
    fixture.sink->wait_until([&] { return fixture.sink->syncs > 0; });
}

TEST(AuditWriter, TakesEventsFromManyThreads) {
    constexpr int kThreads = 4;
    constexpr int kEvents = 500;
    Fixture fixture;
    {
        const auto log = fixture.open(patient_limits());
        std::vector<std::thread> threads;
        for (int i = 0; i < kThreads; ++i)
            threads.emplace_back([&log] {
                for (int event = 0; event < kEvents; ++event)
                    log->record(event_of("a"));
            });
        for (std::thread& thread : threads)
            thread.join();
    }
    MemoryFileSystem disk;
    disk.save(kLog, fixture.sink->text);
    const AuditReport report = verify(disk);
    EXPECT_TRUE(report.is_sound()) << findings_of(report);
    EXPECT_EQ(report.lines, std::uint64_t{kThreads} * kEvents);
}

TEST(AuditWriter, CountsEventsThatDoNotFitIntoTheQueue) {
    Fixture fixture;
    AuditLimits limits = patient_limits();
    limits.waiting_events = 2;
    fixture.sink->holds_up = true;
    {
        const auto log = fixture.open(limits);
        log->record(event_of("a"));
        fixture.sink->wait_until([&] { return fixture.sink->attempts == 1; });
        for (const char* action : {"b", "c", "lost", "lost"})
            log->record(event_of(action));
        EXPECT_EQ(log->lost(), 2U);
        fixture.sink->set(&TestSink::State::holds_up, false);
        fixture.sink->wait_until([&] { return fixture.sink->attempts == 2; });
        EXPECT_EQ(log->lost(), 2U) << "also when the log has told of them";
    }
    EXPECT_THAT(fixture.actions(), ElementsAre("a", "audit_lost", "b", "c"));
    EXPECT_THAT(fixture.sink->text, HasSubstr("\"action\":\"audit_lost\","
                                              "\"outcome\":\"overloaded\",\"count\":2,"));
    EXPECT_EQ(fixture.kept.count("2 events were lost"), 1U);
}

TEST(AuditWriter, OpensItsSinkAgainWithoutAnotherEvent) {
    Fixture fixture;
    const auto log = fixture.open(AuditLimits());
    log->reopen();
    fixture.sink->wait_until([&] { return fixture.sink->reopenings == 1; });
}

TEST(AuditWriter, RepeatsWhatCouldNotBeWritten) {
    Fixture fixture;
    AuditLimits limits = patient_limits();
    limits.retry_interval = std::chrono::milliseconds(1);
    limits.waiting_events = 1;
    fixture.sink->refuses = true;
    {
        const auto log = fixture.open(limits);
        log->record(event_of("a"));
        fixture.sink->wait_until([&] { return fixture.sink->attempts >= 3; });
        log->record(event_of("b"));
        log->record(event_of("lost"));
        fixture.sink->set(&TestSink::State::refuses, false);
        fixture.sink->wait_until([&] { return !fixture.sink->text.empty(); });
    }
    EXPECT_EQ(fixture.actions().size(), 3U);
    EXPECT_EQ(fixture.kept.count("cannot be written"), 1U);
    EXPECT_EQ(fixture.kept.count("is written again"), 1U);
    EXPECT_EQ(fixture.kept.count("1 events were lost"), 1U);
}

TEST(AuditWriter, EndsWhenItCannotWriteAndLogsHowMuchIsLost) {
    Fixture fixture;
    fixture.sink->refuses = true;
    {
        const auto log = fixture.open(patient_limits());
        log->record(event_of("a"));
        fixture.sink->wait_until([&] { return fixture.sink->attempts >= 1; });
        log->record(event_of("b"));
    }
    EXPECT_TRUE(fixture.sink->text.empty());
    EXPECT_EQ(fixture.kept.count("2 events could not be written before the end"), 1U);
}

TEST(AuditWriter, AFailedSyncIsLoggedAndNotRepeatedBeforeTheNextWrite) {
    Fixture fixture;
    AuditLimits limits = patient_limits();
    limits.sync_interval = std::chrono::milliseconds(1);
    fixture.sink->refuses_sync = true;
    {
        const auto log = fixture.open(limits);
        log->record(event_of("a"));
        fixture.sink->wait_until([&] { return fixture.sink->syncs == 1; });
        fixture.sink->set(&TestSink::State::refuses_sync, false);
        log->record(event_of("b"));
        fixture.sink->wait_until([&] { return fixture.sink->syncs == 2; });
    }
    EXPECT_EQ(fixture.sink->syncs, 2U);
    EXPECT_EQ(fixture.kept.count("cannot be synced"), 1U);
    EXPECT_EQ(fixture.kept.count("is synced again"), 1U);
}

TEST(AuditWriter, WritesNothingMoreWhenItsPatienceIsOver) {
    Fixture fixture;
    fixture.sink->refuses = true;
    AuditLimits limits;
    limits.retry_interval = std::chrono::hours(1);
    limits.stop_patience = std::chrono::milliseconds(0);
    auto log = fixture.open(limits);
    log->record(event_of("a"));
    fixture.sink->wait_until([&] { return fixture.sink->attempts == 1; });
    fixture.sink->set(&TestSink::State::refuses, false);
    log.reset();
    EXPECT_EQ(fixture.sink->text, "");
    EXPECT_EQ(fixture.kept.count("1 events could not be written before the end"), 1U);
}

TEST(AuditWriter, TriesOnceMoreAtTheEnd) {
    Fixture fixture;
    fixture.sink->refuses = true;
    {
        const auto log = fixture.open(patient_limits());
        log->record(event_of("a"));
        fixture.sink->wait_until([&] { return fixture.sink->attempts >= 1; });
        log->record(event_of("b"));
        fixture.sink->set(&TestSink::State::refuses, false);
    }
    EXPECT_THAT(fixture.actions(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace roster::audit
