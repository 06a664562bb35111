#pragma once

// Turns the plain passwords of a book into hashes, on several threads.
// Knows no hash function: it is given one.

#include <roster/store.hpp>

#include "storage/json/book.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace roster::storage {

struct HashFailure {
    std::size_t token = 0;
    std::string text;
};

/// Makes all of them hashes, or says which one could not be; then the book is of no use.
std::optional<HashFailure> hash_plain_passwords(Book& book, const OpenOptions& options);

}  // namespace roster::storage
