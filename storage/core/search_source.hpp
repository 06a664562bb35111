#pragma once

// What a search needs of a store: its users in order, and those that may be meant by a text.
// Knows no page: which of them are shown is the search's matter.

#include "storage/core/search_row.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace roster::storage {

/// Users who are there all the time are seen, whatever happens to others meanwhile.
///
/// Threads: one.
class SearchSource {
  public:
    /// False where no further row is wanted.
    using Visit = std::function<bool(const SearchRow&)>;

    virtual ~SearchSource() = default;

    /// Whether it can walk through the users of all classes at once.
    virtual bool walks_all(const UserOrder& order) const = 0;

    /// Up to `most` users of a class (of all where there is none), in order, behind `after` (from
    /// the first one on where there is none). False where these were the last ones.
    virtual bool walk(std::optional<UserClass> whose, const UserOrder& order,
                      const std::optional<Position>& after, std::size_t most,
                      const Visit& visit) = 0;

    /// The next `most` users that may be those of the pattern, each of them once, in any order, and
    /// perhaps others. False where these were the last ones. Requires: always the same pattern,
    /// which is no prefix.
    virtual bool next_candidates(const EmailPattern& pattern, std::size_t most,
                                 const Visit& visit) = 0;

    virtual std::uint64_t count(UserClass whose) = 0;

    /// Nothing where he is gone.
    virtual std::optional<User> user(UserId id) = 0;
};

}  // namespace roster::storage
