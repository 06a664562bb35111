#pragma once

// The text of a users.json -> the users, completely or not at all.
// Knows no file.

#include "storage/json/book.hpp"
#include "storage/json/book_place.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

namespace roster::storage {

/// What is wrong with a text, and where.
struct BookProblem {
    Place place;
    std::string text;
};

using BookOrProblem = std::variant<Book, BookProblem>;

/// Times that are missing become `now`.
BookOrProblem read_book(std::string_view text, std::chrono::sys_seconds now);

}  // namespace roster::storage
