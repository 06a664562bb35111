#pragma once

// What every store can keep and return: numbers, times and texts beyond this are refused when they
// are written, not when they are read again. The codec of users says it of users.

#include <roster/session.hpp>
#include <roster/store_types.hpp>

#include "core/json/user_json.hpp"

namespace roster::storage {

/// Texts must be UTF-8, and not longer than a head of a request.
bool is_storable(const Session& session) noexcept;
bool is_storable(const LimiterRecord& record) noexcept;

}  // namespace roster::storage
