#include "audit/audit_chain.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roster::audit {
namespace {

AuditEvent event_of(std::string action) {
    AuditEvent event;
    event.action = std::move(action);
    return event;
}

TEST(AuditChain, TheDigestIsSha256) {
    // Source: FIPS 180-2, B.1.
    EXPECT_EQ(digest_of_line("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(AuditChain, EachLineHasTheDigestOfTheOneBefore) {
    AuditChain chain;
    std::string before;
    for (std::uint64_t seq = 1; seq <= 3; ++seq) {
        std::string line = chain.add(event_of("log_in"), AuditTime());
        ASSERT_EQ(line.back(), '\n');
        line.pop_back();
        const auto parsed = parse_audit_line(line);
        ASSERT_TRUE(parsed) << line;
        EXPECT_EQ(parsed->seq, seq);
        EXPECT_EQ(parsed->prev, before.empty() ? std::string(64, '0') : digest_of_line(before));
        EXPECT_EQ(chain.last_seq(), seq);
        EXPECT_EQ(chain.last_digest(), digest_of_line(line));
        before = line;
    }
}

TEST(AuditChain, GoesOnWhereItWasLeft) {
    AuditChain chain;
    (void)chain.add(event_of("a"), AuditTime());
    AuditChain later(chain.last_seq(), chain.last_digest());
    EXPECT_EQ(later.add(event_of("b"), AuditTime()), chain.add(event_of("b"), AuditTime()));
}

}  // namespace
}  // namespace roster::audit
