#pragma once

// The text of a users.json -> the users, completely or not at all.
// Knows no file.

#include "storage/json/location.hpp"
#include "storage/json/users_document.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

namespace roster::storage {

/// What is wrong with a text, and where.
struct UsersFileProblem {
    Place place;
    std::string text;
};

using BookOrProblem = std::variant<UsersDocument, UsersFileProblem>;

/// Times that are missing become `now`.
BookOrProblem read_book(std::string_view text, std::chrono::sys_seconds now);

}  // namespace roster::storage
