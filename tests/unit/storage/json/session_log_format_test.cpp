#include "storage/json/session_log_format.hpp"

#include "unit/storage/json/session_log_fixture.hpp"

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

TEST(SessionLogFormat, ReadsWhatItWrites) {
    Session session = some_session(7);
    session.id = 4;
    const std::vector<SessionStep> steps = {
        session,
        TouchSessions({{4, some_time()}, {5, some_time()}}),
        RenewSession(4, 44),
        EndSessions({4, 5}),
        RecordLogins({{7, some_time()}}),
        limiter_record("a \"key\"", "ä\tstate"),
        NextSession{9},
    };
    std::string lines;
    for (const SessionStep& step : steps)
        append_step(step, lines);
    EXPECT_EQ(lines,
              "{\"session\":{\"id\":4,\"user\":7,\"digest\":"
              "\"707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f\","
              "\"credentials_revision\":43,\"label\":\"Ä \\\"laptop\\\"\\\\\","
              "\"address\":\"2001:db8::1\",\"user_agent\":\"curl/8\\n\","
              "\"created_at\":\"2026-11-22T09:00:00Z\",\"last_seen_at\":\"2026-11-22T09:00:00Z\","
              "\"expires_at\":\"2026-12-22T09:00:00Z\"}}\n"
              "{\"seen\":[[4,\"2026-11-22T09:00:00Z\"],[5,\"2026-11-22T09:00:00Z\"]]}\n"
              "{\"renewed\":{\"id\":4,\"credentials_revision\":44}}\n"
              "{\"ended\":[4,5]}\n"
              "{\"logins\":[[7,\"2026-11-22T09:00:00Z\"]]}\n"
              "{\"throttle\":{\"key\":\"a \\\"key\\\"\",\"state\":\"ä\\tstate\","
              "\"until\":\"2026-11-22T10:00:00Z\"}}\n"
              "{\"next_id\":9}\n");
    std::string again;
    EXPECT_TRUE(read_steps(lines, 7, [&](const SessionStep& step) { append_step(step, again); }));
    EXPECT_EQ(again, lines);
    EXPECT_FALSE(read_steps(lines, 6, [](const SessionStep&) {})) << "there is more";
    EXPECT_FALSE(read_steps(lines, 8, [](const SessionStep&) {})) << "there is less";
}

TEST(SessionLogFormat, RefusesLinesThatAreNone) {
    std::string good;
    Session session = some_session(7);
    session.id = 4;
    append_step(session, good);
    const auto is_read = [](const std::string& line) {
        return read_steps(line, 1, [](const SessionStep&) {});
    };
    ASSERT_TRUE(is_read(good));
    const auto with = [&good](std::string_view old, std::string_view fresh) {
        std::string line = good;
        return line.replace(line.find(old), old.size(), fresh);
    };
    for (const std::string& line : {std::string("\n"),
                                    std::string("{}\n"),
                                    std::string("7\n"),
                                    std::string("{\"ended\":[0]}\n"),
                                    std::string("{\"ended\":[-1]}\n"),
                                    std::string("{\"ended\":4}\n"),
                                    std::string("{\"seen\":[4]}\n"),
                                    std::string("{\"seen\":[[4,\"today\"]]}\n"),
                                    std::string("{\"next_id\":0}\n"),
                                    std::string("{\"next_id\":1.5}\n"),
                                    std::string("{\"renewed\":{\"id\":4}}\n"),
                                    std::string("{\"throttle\":{\"key\":\"a\",\"state\":\"b\"}}\n"),
                                    std::string("{\"logins\":[[0,\"2026-11-22T09:00:00Z\"]]}\n"),
                                    with("\"user\":7", "\"user\":7,\"kind\":\"king\""),
                                    with("\"user\":7", "\"user\":7,\"parent\":\"4\""),
                                    with("\"user\":7", "\"user\":7,\"nick\":1"),
                                    std::string("{\"opened\":[4]}\n"),
                                    with("\"id\":4", "\"id\":0"),
                                    with("\"id\":4", "\"id\":9007199254740993"),
                                    with("7071", "70"),
                                    with("7071", "7G71"),
                                    with("\"user\":7", "\"usr\":7"),
                                    with("2026-12-22", "2026-13-22")})
        EXPECT_FALSE(is_read(line)) << line;
}

TEST(SessionLogFormat, AKindIsWrittenUnlessItIsALogIn) {
    Session session = some_session(7);
    session.id = 4;
    session.kind = SessionKind::forward;
    session.parent = 3;
    std::string line;
    append_step(session, line);
    EXPECT_NE(line.find("\"user\":7,\"kind\":\"forward\",\"parent\":3,"), std::string::npos)
        << line;
    std::string again;
    EXPECT_TRUE(read_steps(line, 1, [&](const SessionStep& step) { append_step(step, again); }));
    EXPECT_EQ(again, line);
}

}  // namespace
}  // namespace roster::storage
