#pragma once

// The users that can still be read in a damaged book, each by himself.

#include "storage/json/user_parser.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

struct SalvagedUser {
    std::size_t offset = 0;
    UserParser draft;
};

struct SalvageProblem {
    std::size_t offset = 0;
    std::string text;
};

struct Salvage {
    std::vector<SalvagedUser> users;
    /// Objects that look like users, but are none that a book may hold, or not in that place.
    std::vector<SalvageProblem> lost;
    /// What stood before the users, as far as it can be read.
    std::optional<std::uint64_t> revision;
    std::optional<std::uint64_t> next_id;
    std::string members_before_users;
};

/// What a book that a start would refuse gives up: only what stands where users stand, since what
/// is inside a user, as his metadata, is what others say.
Salvage salvage_damaged_book(std::string_view text);

/// The same of a book that is whole. Requires: a start would take it.
Salvage salvage_whole_book(std::string_view text);

}  // namespace roster::storage
