#pragma once

// What the tests of the session log share.

#include "storage/json/session_log.hpp"
#include "storage/json/session_log_format.hpp"
#include "unit/storage/support.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace roster::storage::testing {

inline constexpr const char* kSessionLog = "/d/users.json.sessions";

inline Session some_session(UserId user) {
    Session session;
    session.user = user;
    for (std::size_t i = 0; i < session.digest.size(); ++i)
        session.digest[i] = static_cast<unsigned char>(user * 16 + i);
    session.credentials_revision = 43;
    session.label = "Ä \"laptop\"\\";
    session.address = "2001:db8::1";
    session.user_agent = "curl/8\n";
    session.created_at = some_time();
    session.last_seen_at = some_time();
    session.expires_at = some_time() + std::chrono::days(30);
    return session;
}

inline SessionWrite open_session(UserId user, std::size_t most = 100) {
    return CreateSession(some_session(user), most);
}

inline LimiterRecord limiter_record(std::string key, std::string state) {
    LimiterRecord record;
    record.key = std::move(key);
    record.state = std::move(state);
    record.until = some_time() + std::chrono::hours(1);
    return record;
}

inline SessionWrite save_limiter(std::string key, std::string state) {
    return SaveLimiterRecords({limiter_record(std::move(key), std::move(state))});
}

// Everything in it, as lines.
inline std::string printed(const std::vector<Session>& sessions,
                           std::vector<LimiterRecord> records) {
    std::string text;
    for (const Session& session : sessions)
        append_step(session, text);
    std::sort(records.begin(), records.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
    for (const LimiterRecord& record : records)
        append_step(record, text);
    return text;
}

inline std::string printed(const ConcurrentSessionTable& sessions) {
    return printed(sessions.list(0, 1'000'000), sessions.limiter_records(some_time()));
}

// A batch as it is written into a log.
inline std::string frame_of(std::uint64_t number, std::uint64_t count, std::string lines) {
    return frame(Batch{number, count, std::move(lines)});
}

inline bool users_up_to_nine(UserId user) {
    return user < 10;
}

inline std::unique_ptr<SessionLog> open_log(std::shared_ptr<FileSystem> files,
                                            std::uint64_t worthwhile_bytes = 0,
                                            OpenOptions options = test_options()) {
    return std::make_unique<SessionLog>(std::move(files), kUsersFile, FileInfo(), users_up_to_nine,
                                        std::move(options), worthwhile_bytes);
}

inline result<SessionResult> commit(SessionLog& log, SessionWrite write) {
    return log.commit(std::vector<SessionWrite>{std::move(write)}).front();
}

}  // namespace roster::storage::testing
