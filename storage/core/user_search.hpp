#pragma once

// From a query to a page: how to look at no more users than necessary.
// Knows no store and no index; they are behind `SearchSource`.

#include "storage/core/search_source.hpp"

namespace roster::storage {

/// Errors: `invalid_request`.
result<UserPage> search_users(const UserQuery& query, SearchSource& source);

}  // namespace roster::storage
