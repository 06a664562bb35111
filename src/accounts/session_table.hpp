#pragma once

// The live sessions in memory, by digest, for a look-up at every request.
// Knows no store and no user; times are the steady clock's and are passed in.

#include <roster/session.hpp>

#include "core/striped_mutex.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace roster::accounts {

/// What the table knows of a session.
struct LiveSession {
    using Time = std::chrono::steady_clock::time_point;

    SessionId id = 0;
    UserId user = 0;
    SessionKind kind = SessionKind::login;
    /// Not live without it; 0 if it has none.
    SessionId parent = 0;
    Revision credentials_revision = 0;
    std::chrono::sys_seconds created_at{};
    Time last_seen{};
    /// The end of its absolute lifetime.
    Time expires{};
};

enum class SessionState : std::uint8_t { live, expired, revoked, unknown };

struct FoundSession {
    SessionState state = SessionState::unknown;
    /// If the state is `live`.
    LiveSession session;
};

/// Every call but `sweep` holds the lock for a look-up or two; `use` and `find` beside one another.
///
/// Threads: any.
class SessionTable {
  public:
    using Time = LiveSession::Time;
    using Duration = std::chrono::steady_clock::duration;

    /// `idle`: a session that is not used for this long expires, if it is a person's: a log-in, or
    /// what a proxy has of one.
    explicit SessionTable(Duration idle);

    /// Its `last_seen` is what the store has.
    void insert(const SessionDigest& digest, const LiveSession& session);

    /// Whether its time is not over; its parent's is not looked at.
    bool is_live(const LiveSession& session, Time now) const noexcept;

    /// Finds a session of one of these kinds, and notes that it, and its parent, is used now: to
    /// the second, or to a tenth of `idle`.
    FoundSession use(const SessionDigest& digest, Time now, SessionKinds kinds);

    /// The same without using it. nullopt if it is not live.
    std::optional<LiveSession> find(SessionId id, Time now);

    /// Ends it: from now on it is `revoked`. One that is not there yet is ended when it is
    /// inserted: the store may have ended it already while its opening was still being answered.
    void end(SessionId id, Time now);

    /// Keeps it alive with new credentials.
    void renew(SessionId id, Revision credentials_revision);

    struct Sweep {
        /// Used later than what the store has, by more than `write_after`.
        std::vector<LiveSession> used;
        /// Expired since the last sweep.
        std::vector<SessionId> expired;
    };
    /// Goes over all sessions. Those in `used` count as stored. Ended sessions are kept for a day,
    /// and dropped here.
    Sweep sweep(Time now, Duration write_after);

  private:
    // When a session was used last: set while others read it.
    class LastSeen {
      public:
        explicit LastSeen(Time time = {}) noexcept : time_(time) {}
        LastSeen(const LastSeen& other) noexcept : time_(other.get()) {}
        LastSeen& operator=(const LastSeen& other) noexcept {
            time_.store(other.get(), std::memory_order_relaxed);
            return *this;
        }

        Time get() const noexcept { return time_.load(std::memory_order_relaxed); }
        void note(Time now, Duration step) noexcept;

      private:
        std::atomic<Time> time_;
    };

    struct Entry {
        // As it was inserted or renewed.
        LiveSession session;
        LastSeen last_seen;
        Time stored_last_seen{};
        Time ended{};
        SessionState state = SessionState::live;
    };
    struct DigestHash {
        using is_avalanching = void;
        std::size_t operator()(const SessionDigest& digest) const noexcept;
    };
    using Entries = boost::unordered_flat_map<SessionDigest, Entry, DigestHash>;

    static LiveSession session_of(const Entry& entry) noexcept;
    bool is_live(const Entry& entry, Time now) const;
    // Null if no session has this id.
    Entry* locate(SessionId id);
    const Entry* locate(SessionId id) const;

    const Duration idle_;
    const Duration step_;
    mutable StripedMutex mutex_;
    Entries entries_;
    boost::unordered_flat_map<SessionId, SessionDigest> ids_;
    // Ended before they were inserted, and when.
    boost::unordered_flat_map<SessionId, Time> ended_early_;
};

}  // namespace roster::accounts
