#pragma once

// Where in a text something stands, as people count: lines and columns from 1.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace roster::storage {

struct Place {
    std::size_t line = 1;
    /// In characters, as an editor counts them; a tab is one.
    std::size_t column = 1;

    friend bool operator==(const Place&, const Place&) = default;
};

Place place_of(std::string_view text, std::size_t offset) noexcept;

/// The offset of the token with this number: names, values, and the four brackets count, from 0.
/// Requires: the JSON is well-formed up to there.
std::size_t offset_of_token(std::string_view json, std::size_t number) noexcept;
/// Where the user with this id begins; the text's beginning where there is none.
Place place_of_user(std::string_view json, std::uint64_t id);
Place place_of_token(std::string_view json, std::size_t number) noexcept;

}  // namespace roster::storage
