#pragma once

// A place in a list, as the text that `UserPage::next_cursor` is.
// Knows no store: the same text means the same in all of them.

#include "storage/core/search_row.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace roster::storage {

/// base64url of: a digest of what has to be the same on every page (8 bytes), id and created_at (8
/// bytes each, high byte first) and, where the order goes by it, the folded e-mail.
std::string make_cursor(const Position& position, const UserQuery& query);

/// Nothing where it is no cursor, or one of another list.
std::optional<Position> read_cursor(std::string_view cursor, const UserQuery& query);

}  // namespace roster::storage
