#pragma once

// Sessions by id and by user, and what the throttle remembers, in memory.
// Knows no lock, no disk and no clock.

#include <roster/store_types.hpp>

#include "storage/core/session_transaction.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::storage {

/// Requires: one writer, and no reader beside him.
class SessionIndex final : public SessionLookup {
  public:
    std::optional<Session> find(SessionId id) const override;
    std::vector<SessionId> ids_of(UserId user) const override;
    std::vector<Session> sessions_of(UserId user) const;
    /// Appends sessions with an id above `after`, by id, until there are `target`.
    void append_sessions(SessionId after, std::size_t target, std::vector<Session>& sessions) const;
    std::size_t size() const noexcept { return sessions_.size(); }
    SessionId next_id() const override { return next_id_; }

    const LimiterRecord* throttle_record(const std::string& key) const noexcept;
    bool knows_throttle_key(const std::string& key) const override;
    /// Those that may not be forgotten yet.
    std::vector<LimiterRecord> limiter_records(std::chrono::sys_seconds now) const;

    /// A step that speaks of a session that is gone changes nothing.
    void apply(const AccessStep& step);
    /// A user is gone, and his sessions with him. Gives their ids.
    std::vector<SessionId> forget_user(UserId user);
    std::vector<SessionId> forget_users_unless(const std::function<bool(UserId)>& exists);
    /// Drops what is over: sessions by their `expires_at`, records of the throttle by `until`.
    void forget_expired(std::chrono::sys_seconds now);
    void forget_expired_throttle(std::chrono::sys_seconds now);

  private:
    // A session whose texts are in one block.
    struct Entry {
        UserId user = 0;
        SessionDigest digest{};
        Revision credentials_revision = 0;
        std::chrono::sys_seconds created_at{};
        std::chrono::sys_seconds last_seen_at{};
        std::chrono::sys_seconds expires_at{};
        std::unique_ptr<char[]> texts;
        std::uint16_t label_bytes = 0;
        std::uint16_t address_bytes = 0;
        std::uint16_t user_agent_bytes = 0;
    };
    using Sessions = std::map<SessionId, Entry>;

    static Entry to_entry(const Session& session);
    static Session to_session(SessionId id, const Entry& entry);

    void put(const Session& session);
    void erase(SessionId id);
    Sessions::iterator erase(Sessions::iterator session);

    Sessions sessions_;
    std::set<std::pair<UserId, SessionId>> by_user_;
    boost::unordered_flat_map<std::string, LimiterRecord> limiter_;
    SessionId next_id_ = 1;
};

}  // namespace roster::storage
