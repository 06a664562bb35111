#pragma once

// Ids that a person or an import gives, rather than the store.

#include <roster/user.hpp>

namespace roster {

/// The highest of them: above it there are enough for the users that come later.
inline constexpr UserId kHighestGivenId = UserId{1} << 52;

}  // namespace roster
