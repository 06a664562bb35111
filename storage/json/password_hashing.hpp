#pragma once

// Turns the plain passwords of a book into hashes, on several threads.
// Knows no hash function: it is given one.

#include <roster/store.hpp>

#include "storage/json/users_document.hpp"

#include <optional>

namespace roster::storage {

/// Makes all of them hashes, or says which one could not be; then the book is of no use.
std::optional<DraftProblem> hash_plain_passwords(UsersDocument& book, const OpenOptions& options);

}  // namespace roster::storage
