#pragma once

// What deciding a batch needs to know of the users there are, wherever they are kept.

#include <roster/user.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace roster::storage {

struct UserTotals {
    Revision revision = 0;
    /// The id that the next user gets.
    UserId next_id = 1;
    /// Administrators that are not disabled.
    std::uint64_t admins = 0;
};

class UserLookup {
  public:
    virtual ~UserLookup() = default;

    virtual std::optional<User> user(UserId id) const = 0;
    /// Compared as `fold_email` does.
    virtual std::optional<UserId> holder_of(std::string_view email) const = 0;
    virtual UserTotals totals() const = 0;

  protected:
    UserLookup() = default;
    UserLookup(const UserLookup&) = default;
    UserLookup(UserLookup&&) = default;
    UserLookup& operator=(const UserLookup&) = default;
    UserLookup& operator=(UserLookup&&) = default;
};

}  // namespace roster::storage
