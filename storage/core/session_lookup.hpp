#pragma once

// What deciding a batch of access writes needs to know of the sessions there are, and of the
// throttle's memory, wherever they are kept.

#include <roster/session.hpp>

#include <optional>
#include <string>
#include <vector>

namespace roster::storage {

class SessionLookup {
  public:
    virtual ~SessionLookup() = default;

    virtual std::optional<Session> find(SessionId id) const = 0;
    /// By id.
    virtual std::vector<SessionId> ids_of(UserId user) const = 0;
    virtual SessionId next_id() const = 0;
    virtual bool knows_throttle_key(const std::string& key) const = 0;

  protected:
    SessionLookup() = default;
    SessionLookup(const SessionLookup&) = default;
    SessionLookup(SessionLookup&&) = default;
    SessionLookup& operator=(const SessionLookup&) = default;
    SessionLookup& operator=(SessionLookup&&) = default;
};

}  // namespace roster::storage
