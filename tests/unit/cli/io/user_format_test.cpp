#include "cli/io/user_format.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace roster::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::sys_seconds kNine = std::chrono::sys_days{2026y / 11 / 22} + 9h;

User bob() {
    User user;
    user.id = 12;
    user.email = "b@b.com";
    user.password_hash = Secret("$argon2id$never-to-be-seen");
    user.disabled = true;
    user.created_at = kNine;
    user.updated_at = kNine + 1s;
    return user;
}

Session laptop() {
    Session session;
    session.id = 4;
    session.user = 12;
    session.digest.fill(0x41);
    session.label = "laptop";
    session.address = "192.0.2.1";
    session.user_agent = std::string(100, 'x') + "\x1b[2J";
    session.created_at = kNine;
    session.last_seen_at = kNine + 1h;
    session.expires_at = kNine + 24h;
    return session;
}

TEST(Records, AUserHasACellForEachColumn) {
    EXPECT_EQ(user_row(bob()), (Row{"12", "b@b.com", "user", "yes", "2026-11-22T09:00:00Z",
                                    "2026-11-22T09:00:01Z"}));
    EXPECT_EQ(user_row(bob()).size(), user_columns().size());
}

TEST(Records, AUserIsAsTheProtocolHasItWithMetadata) {
    const std::string known =
        R"({"id":12,"email":"b@b.com","role":"user","disabled":true,)"
        R"("created_at":"2026-11-22T09:00:00Z","updated_at":"2026-11-22T09:00:01Z",)";
    User user = bob();
    EXPECT_EQ(user_json(user), known + R"("metadata":{}})");
    user.metadata = R"({"team":"red"})";
    EXPECT_EQ(user_json(user), known + R"("metadata":{"team":"red"}})");
    EXPECT_EQ(user_json(user, "sessions", "2"),
              known + R"("metadata":{"team":"red"},"sessions":2})");
}

TEST(Records, ALongUserAgentIsCutInATableAlone) {
    const Row row = session_row(laptop(), bob());
    ASSERT_EQ(row.size(), session_columns().size());
    EXPECT_EQ(row[2], "b@b.com");
    EXPECT_EQ(row.back(), std::string(60, 'x') + "…");
    EXPECT_NE(session_json(laptop(), bob()).find(std::string(100, 'x') + "\\u001b[2J"),
              std::string::npos);
}

TEST(Records, ASessionIsAnObjectWithItsOwnerAndWithoutItsDigest) {
    Session session = laptop();
    session.label = "my \"laptop\"\n";
    session.user_agent = "curl/8";
    EXPECT_EQ(session_json(session, bob()),
              R"({"id":4,"user":12,"kind":"login","label":"my \"laptop\"\n",)"
              R"("created_at":"2026-11-22T09:00:00Z","last_seen_at":"2026-11-22T10:00:00Z",)"
              R"("expires_at":"2026-11-23T09:00:00Z","ip":"192.0.2.1","user_agent":"curl/8",)"
              R"("email":"b@b.com"})");
}

TEST(Records, ASubjectIsFitForALine) {
    User user = bob();
    user.email = "\x1b[2J@b.com";
    EXPECT_EQ(subject_of(user), "user 12 \\x1B[2J@b.com");
}

TEST(Records, OneIsNotSeveral) {
    EXPECT_EQ(counted(0, "user"), "0 users");
    EXPECT_EQ(counted(1, "user"), "1 user");
    EXPECT_EQ(counted(2, "session"), "2 sessions");
}

}  // namespace
}  // namespace roster::cli
