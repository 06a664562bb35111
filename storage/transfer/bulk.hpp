#pragma once

// All of a store at once: to be walked through, and to be made of. The entry point for what moves
// whole stores; whoever serves one uses `Backend`. Knows no kind of store.

#include <roster/limiter_record.hpp>
#include <roster/session.hpp>
#include <roster/user.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace roster::storage {

/// What is known of a store beside its rows.
struct StoreTotals {
    std::uint64_t users = 0;
    std::uint64_t sessions = 0;
    Revision revision = 0;
    /// Ids that were not given yet, nor is any above them.
    UserId next_user_id = 1;
    SessionId next_session_id = 1;
    /// Members of a book that roster does not know, as compact JSON, before and behind its users.
    std::string members_before_users;
    std::string members_after_users;
};

/// A store as it was at one moment.
///
/// Threads: one at a time.
/// Throws, every call: `StartupError` with `store_damaged` or `store_unavailable`.
class StoreReader {
  public:
    /// `unknown_members`: of the user, that roster does not know, as compact JSON.
    using TakeUser = std::function<void(const User&, std::string_view unknown_members)>;
    using TakeSession = std::function<void(const Session&)>;
    using TakeThrottle = std::function<void(const LimiterRecord&)>;

    virtual ~StoreReader() = default;

    virtual const StoreTotals& totals() const = 0;

    /// In the order of their ids, or keys. Sessions are those of users that there are.
    virtual void users(const TakeUser& take) = 0;
    virtual void sessions(const TakeSession& take) = 0;
    virtual void throttle(const TakeThrottle& take) = 0;
};

/// Writes a store that nobody reads before it is whole. Every call at most once, but the rows; rows
/// in the order in which `StoreReader` gives them, users before sessions.
///
/// Threads: one at a time.
/// Throws, every call: `StartupError` with `store_unavailable`.
class StoreWriter {
  public:
    virtual ~StoreWriter() = default;

    /// Whether unknown members have a place in this kind of store.
    virtual bool keeps_unknown_members() const = 0;

    virtual void begin(const StoreTotals& totals) = 0;
    virtual void put(const User& user, std::string_view unknown_members) = 0;
    virtual void put(const Session& session) = 0;
    virtual void put(const LimiterRecord& record) = 0;

    /// Every file is whole and durable when it returns; its name is the caller's matter.
    virtual void finish() = 0;
};

}  // namespace roster::storage
