#pragma once

// A user's profile as one text, as users in memory have it: nothing for the most of them.
// Knows no user and no rule.

#include <roster/user.hpp>

#include <string>
#include <string_view>

namespace roster::storage {

/// Members in a fixed order with line feeds between them, which none of them has; "" for an empty
/// profile.
std::string pack(const UserProfile& profile);
UserProfile unpack(std::string_view packed);

/// Parts of a packed profile. Lifetime: of the text.
std::string_view username_of(std::string_view packed) noexcept;
/// As `join_groups` joins them.
std::string_view groups_of(std::string_view packed) noexcept;

}  // namespace roster::storage
