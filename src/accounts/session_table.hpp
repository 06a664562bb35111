#pragma once

// The sessions that are alive, for the look at every request: in memory, by digest.
// Knows no store and no user; times are the steady clock's and come from outside.

#include <roster/session.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace roster::accounts {

/// What the table knows of a session.
struct LiveSession {
    using Time = std::chrono::steady_clock::time_point;

    SessionId id = 0;
    UserId user = 0;
    Revision credentials_revision = 0;
    std::chrono::sys_seconds created_at{};
    Time last_seen{};
    /// The end of its absolute lifetime.
    Time expires{};
};

enum class SessionState : std::uint8_t { live, expired, revoked, unknown };

struct FoundSession {
    SessionState state = SessionState::unknown;
    /// Where the state is `live`.
    LiveSession session;
};

/// Every call holds one short lock, of one shard out of many; `use` allocates nothing.
///
/// Threads: any.
class SessionTable {
  public:
    using Time = LiveSession::Time;
    using Duration = std::chrono::steady_clock::duration;

    /// `idle`: a session that is not used for so long is over.
    explicit SessionTable(Duration idle);

    /// `kept_last_seen`: what the store has as its last use.
    void insert(const SessionDigest& digest, const LiveSession& session, Time kept_last_seen);

    /// Looks a session up, and notes that it was used now.
    FoundSession use(const SessionDigest& digest, Time now);

    /// As it is, without using it. Nothing where it is not alive.
    std::optional<LiveSession> find(SessionId id, Time now) const;

    /// Ends it: from now on it is `revoked`. One that is not there yet is ended when it comes: the
    /// store may have ended it already while its opening was still being answered.
    /// False where it was not alive.
    bool end(SessionId id, Time now);

    /// Lets it go on with new credentials.
    void renew(SessionId id, Revision credentials_revision);

    /// A walk over all sessions, some at a time.
    struct Sweep {
        /// Used since their last use was kept, by at least `write_after`.
        std::vector<LiveSession> used;
        /// Over by age since the last sweep.
        std::vector<SessionId> expired;
    };
    /// Those in `used` count as kept. Ended sessions are remembered for a day, and forgotten here.
    Sweep sweep(Time now, Duration write_after);

    std::size_t size() const;

  private:
    struct Entry {
        LiveSession session;
        Time kept_last_seen{};
        // When it ended.
        Time over{};
        SessionState state = SessionState::live;
    };
    struct DigestHash {
        using is_avalanching = void;
        std::size_t operator()(const SessionDigest& digest) const noexcept;
    };
    struct Shard {
        mutable std::mutex mutex;
        boost::unordered_flat_map<SessionDigest, Entry, DigestHash> entries;
    };

    Shard& shard_of(const SessionDigest& digest) noexcept {
        return shards_[digest.back() % shards_.size()];
    }
    const Shard& shard_of(const SessionDigest& digest) const noexcept {
        return shards_[digest.back() % shards_.size()];
    }
    bool is_expired(const LiveSession& session, Time now) const noexcept;
    std::optional<SessionDigest> digest_of(SessionId id) const;
    void sweep(Shard& shard, Time now, Duration write_after, Sweep& swept,
               std::vector<SessionId>& forgotten);

    const Duration idle_;
    std::array<Shard, 64> shards_;
    mutable std::mutex ids_mutex_;
    boost::unordered_flat_map<SessionId, SessionDigest> ids_;
    // Ended before they were inserted, and when.
    boost::unordered_flat_map<SessionId, Time> ended_early_;
};

}  // namespace roster::accounts
