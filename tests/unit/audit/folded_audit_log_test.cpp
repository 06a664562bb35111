#include "audit/folded_audit_log.hpp"

#include "unit/audit/support.hpp"
#include "unit/storage/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include <numeric>
#include <string>
#include <vector>

namespace roster::audit {
namespace {

using namespace std::chrono_literals;
using namespace roster::audit::testing;
using ::testing::ElementsAre;
using Counts = std::vector<std::uint64_t>;

class Recorded final : public AuditLog {
  public:
    explicit Recorded(std::vector<AuditEvent>& events) : events_(events) {}
    void record(AuditEvent event) noexcept override { events_.push_back(std::move(event)); }

  private:
    std::vector<AuditEvent>& events_;
};

AuditEvent event(const std::string& actor, const std::string& action, const std::string& target,
                 const std::string& outcome, const std::string& address = "192.0.2.1") {
    AuditEvent event;
    event.actor = actor;
    event.address = address;
    event.action = action;
    event.target = target;
    event.outcome = outcome;
    return event;
}

AuditEvent refusal(const std::string& address = "192.0.2.1") {
    return event("anonymous", "modify", "user 1", "forbidden", address);
}

class FoldedAuditLogTest : public ::testing::Test {
  protected:
    void open(FoldingLimits limits = FoldingLimits()) {
        log_ = fold_floods(
            std::make_unique<Recorded>(events_), [this] { return now_; }, limits);
    }
    void SetUp() override { open(); }

    void record(const AuditEvent& event, int times) {
        for (int i = 0; i < times; ++i)
            log_->record(event);
    }
    void close() { log_.reset(); }

    /// Of all lines so far.
    Counts counts() const {
        Counts counts;
        for (const AuditEvent& event : events_)
            counts.push_back(event.count);
        return counts;
    }
    std::uint64_t sum() const {
        const Counts all = counts();
        return std::accumulate(all.begin(), all.end(), std::uint64_t{0});
    }

    AuditTime now_{std::chrono::hours(500'000)};
    std::vector<AuditEvent> events_;
    std::unique_ptr<AuditLog> log_;
};

TEST_F(FoldedAuditLogTest, AFloodOfRefusalsBecomesLinesAtPowersOfTen) {
    record(refusal(), 100'000);
    EXPECT_THAT(counts(), ElementsAre(1, 9, 90, 900, 9'000, 90'000));
}

TEST_F(FoldedAuditLogTest, WhatIsLeftIsWrittenWhenTheHourEnds) {
    record(refusal(), 5);
    EXPECT_THAT(counts(), ElementsAre(1));
    now_ += 1h;
    record(refusal(), 10);
    EXPECT_THAT(counts(), ElementsAre(1, 4, 1, 9));
    now_ += 59min;
    record(refusal(), 1);
    EXPECT_THAT(counts(), ElementsAre(1, 4, 1, 9));
    now_ += 1min;
    record(refusal(), 1);
    EXPECT_THAT(counts(), ElementsAre(1, 4, 1, 9, 1, 1));
}

TEST_F(FoldedAuditLogTest, WhatIsLeftIsWrittenAtTheEndBeforeTheServersStop) {
    AuditEvent last = refusal();
    last.target = "user 9";
    record(refusal(), 3);
    record(last, 1);
    log_->record(event("operator", "server_stop", "store memory:", "ok", ""));
    ASSERT_THAT(counts(), ElementsAre(1, 3, 1));
    EXPECT_EQ(events_[1].target, "user 9");
    EXPECT_EQ(events_[2].action, "server_stop");
    record(refusal(), 2);
    close();
    EXPECT_THAT(counts(), ElementsAre(1, 3, 1, 1, 1));
}

TEST_F(FoldedAuditLogTest, CountsEachNetworkActionAndOutcomeByItself) {
    record(refusal("192.0.2.2"), 2);
    record(refusal("2001:db8::1"), 1);
    record(refusal("2001:db8::2"), 1);  // the same /64
    record(refusal("2001:db8:0:1::1"), 1);
    AuditEvent other = refusal("192.0.2.2");
    other.action = "erase";
    record(other, 1);
    other.outcome = "user_not_found";
    record(other, 1);
    EXPECT_EQ(events_.size(), 5U);
    close();
    EXPECT_EQ(events_.size(), 7U);
    EXPECT_EQ(sum(), 7U);
}

TEST_F(FoldedAuditLogTest, NeverFoldsTheOperatorsNorAnAdministratorsWork) {
    record(event("operator", "sign_up", "email x", "email_taken", ""), 300);
    record(event("user 1", "modify", "user 2", "ok"), 300);
    record(event("user 1", "import", "store json:users.json", "ok"), 300);
    EXPECT_EQ(counts(), Counts(900, 1));
}

TEST_F(FoldedAuditLogTest, WhatUsersDoToThemselvesIsWrittenAHundredTimes) {
    record(event("user 1", "log_in", "user 1", "ok"), 1000);
    record(event("user 1", "end_session", "session 3", "ok"), 1000);
    record(event("user 2", "log_in", "user 2", "ok"), 1);
    Counts each(100, 1);
    each.push_back(900);
    Counts all = each;
    all.insert(all.end(), each.begin(), each.end());
    all.push_back(1);
    EXPECT_EQ(counts(), all);
}

TEST_F(FoldedAuditLogTest, WrongPasswordsAreWrittenAHundredTimes) {
    for (const char* outcome : {"invalid_credentials", "account_disabled"})
        record(event("anonymous", "log_in", "email x", outcome), 999);
    EXPECT_EQ(counts(), Counts(200, 1));
    close();
    EXPECT_EQ(sum(), 1998U);
}

TEST_F(FoldedAuditLogTest, AddsUpWhatTheEventsStandFor) {
    AuditEvent three = event("user 1", "modify", "user 2", "forbidden");
    three.count = 3;
    record(three, 10);
    EXPECT_THAT(counts(), ElementsAre(3, 27));
}

TEST_F(FoldedAuditLogTest, ManyNetworksShareWhatIsLeft) {
    open({{10, 1000}, {10, 1000}});
    for (int i = 0; i < 100; ++i)
        record(refusal("10.0.0." + std::to_string(i)), 1);
    // The shared key has its first and its tenth.
    EXPECT_EQ(events_.size(), 12U);
    record(event("user 3", "log_in", "user 3", "ok"), 2);
    EXPECT_EQ(events_.size(), 14U) << "a flood of refusals hides no log-in";
    close();
    EXPECT_EQ(sum(), 102U);
}

TEST_F(FoldedAuditLogTest, SingleLinesAreBounded) {
    open({{10, 1000}, {10, 150}});
    for (int network = 0; network < 5; ++network)
        record(event("anonymous", "log_in", "email x", "invalid_credentials",
                     "10.0.0." + std::to_string(network)),
               100);
    EXPECT_LE(events_.size(), 150U + 3 * 5);
    close();
    EXPECT_EQ(sum(), 500U);
}

TEST_F(FoldedAuditLogTest, AClockThatIsSetBackBeginsANewHour) {
    record(refusal(), 2);
    now_ -= 2h;
    record(refusal(), 1);
    EXPECT_THAT(counts(), ElementsAre(1, 1, 1));
}

// Through the whole log, on a disk.
TEST(OpenedAuditLog, AFloodLeavesEarlierLinesInPlace) {
    for (const int networks : {1, 5000}) {
        TemporaryDirectory directory;
        const std::string path = (directory / "audit").string();
        AuditOptions options;
        options.rotate_bytes = std::size_t{256} * 1024;
        options.keep_files = 8;
        {
            const auto log = open_audit_log(path, options);
            log->record(event("anonymous", "log_in", "email early", "invalid_credentials"));
            for (int i = 0; i < 100'000; ++i) {
                const int network = i % networks;
                log->record(refusal("10.1." + std::to_string(network / 250) + "." +
                                    std::to_string(network % 250)));
            }
        }
        const auto report = verify_audit_files(path, "");
        ASSERT_TRUE(report);
        EXPECT_TRUE(report->is_sound()) << findings_of(*report);
        EXPECT_EQ(report->first->seq, 1U);
        EXPECT_LE(report->lines, networks == 1 ? 7U : 3'100U);
    }
}

}  // namespace
}  // namespace roster::audit
