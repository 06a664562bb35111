#pragma once

// Reading through a whole store by the page. Knows no format.

#include "cli/admin/admin_api.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace roster::cli {

/// Calls `visit` with the first `limit` users that the query is for, in its order.
/// Throws: `Refused` where the store cannot be read.
void for_each_found(AdminApi& administration, UserQuery query, std::size_t limit,
                    const std::function<void(const User&)>& visit);

/// A user's sessions that are alive, by id. Throws: `Refused` where the store cannot be read.
std::vector<Session> sessions_of(AdminApi& administration, const User& user);

/// Calls `visit` with every user who has sessions that are alive, and with those.
/// Throws: `Refused` where the store cannot be read.
void for_each_owner(
    AdminApi& administration,
    const std::function<void(const User& owner, const std::vector<Session>&)>& visit);

}  // namespace roster::cli
