#pragma once

// Where in a damaged book users stand, told from how it is laid out: what is inside a user must
// never be taken for one, however much it looks like one.
// Knows no member of a user.

#include <cstddef>
#include <string>
#include <string_view>

namespace roster::storage {

/// Lifetime: the text outlives it.
class UserLocations {
  public:
    explicit UserLocations(std::string_view text);

    /// Whether the whole object in [begin, end) stands where users do. Damage in one place, of any
    /// length, does not bring an object from inside a user there.
    bool has(std::size_t begin, std::size_t end) const noexcept;

    /// The line feed and the blanks before a user's brackets, and before his members. Empty where
    /// users are not told from what is inside them by that.
    struct Lines {
        std::string_view user;
        std::string_view member;
    };

  private:
    bool is_followed_by_users_or_their_end(std::size_t end) const noexcept;

    std::string_view text_;
    // No object stands inside another one, but users in the book.
    bool is_flat_;
    Lines lines_;
};

}  // namespace roster::storage
