#include "core/json/session_json.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace roster {
namespace {

using namespace std::chrono_literals;

TEST(SessionJson, WritesEveryPublicMemberAndNoDigest) {
    constexpr std::chrono::sys_seconds nine = std::chrono::sys_days{2026y / 11 / 22} + 9h;
    Session session;
    session.id = 4;
    session.user = 1;
    session.digest.fill('D');
    session.label = "my \"laptop\"\n";
    session.address = "2001:db8::1";
    session.user_agent = "curl/8\x1b";
    session.created_at = nine;
    session.last_seen_at = nine + 1s;
    session.expires_at = nine + 24h;
    std::string out = "[";
    encode_session(session, out);
    EXPECT_EQ(out, R"([{"id":4,"user":1,"label":"my \"laptop\"\n",)"
                   R"("created_at":"2026-11-22T09:00:00Z","last_seen_at":"2026-11-22T09:00:01Z",)"
                   R"("expires_at":"2026-11-23T09:00:00Z","ip":"2001:db8::1",)"
                   R"("user_agent":"curl/8\u001b"})");
}

}  // namespace
}  // namespace roster
