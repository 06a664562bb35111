#pragma once

// Bulk reader and writer for a whole store. Knows no kind of store.

#include <roster/session.hpp>
#include <roster/store_types.hpp>
#include <roster/user.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace roster::storage {

/// What a store has beside its rows.
struct StoreTotals {
    std::uint64_t users = 0;
    std::uint64_t sessions = 0;
    Revision revision = 0;
    /// The ids that come next: they and all above them were never assigned.
    UserId next_user_id = 1;
    SessionId next_session_id = 1;
    /// Unknown members of a users file, as compact JSON, before and after its users.
    std::string members_before_users;
    std::string members_after_users;
};

/// Called with how many pages of how many are copied.
using PagesCopied = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// The state of a store at one moment.
///
/// Threads: one at a time.
/// Throws, every call: `StartupError` with `store_damaged` or `store_unavailable`.
class StoreReader {
  public:
    /// `unknown_members`: members of the user that roster does not know, as compact JSON.
    using TakeUser = std::function<void(const User&, std::string_view unknown_members)>;
    using TakeSession = std::function<void(const Session&)>;
    using TakeLimiterRecord = std::function<void(const LimiterRecord&)>;

    virtual ~StoreReader() = default;

    virtual const StoreTotals& totals() const = 0;

    /// Ordered by id, or key. Only sessions of existing users.
    virtual void users(const TakeUser& take) = 0;
    virtual void sessions(const TakeSession& take) = 0;
    virtual void limiter_records(const TakeLimiterRecord& take) = 0;
};

/// Writes a new store. `begin`, the rows in the order of `StoreReader`, `finish`.
///
/// Threads: one at a time.
/// Throws, every call: `StartupError` with `store_unavailable`.
class StoreWriter {
  public:
    virtual ~StoreWriter() = default;

    /// Whether this kind of store can keep unknown members.
    virtual bool keeps_unknown_members() const = 0;

    virtual void begin(const StoreTotals& totals) = 0;
    virtual void put(const User& user, std::string_view unknown_members) = 0;
    virtual void put(const Session& session) = 0;
    virtual void put(const LimiterRecord& record) = 0;

    /// Every file is complete and durable when it returns.
    virtual void finish() = 0;

    /// Of a store without files: what `finish` left, which nobody else sees yet.
    virtual std::unique_ptr<StoreReader> written() { return nullptr; }
    /// Makes that the contents of the store.
    virtual void place() {}
};

}  // namespace roster::storage
