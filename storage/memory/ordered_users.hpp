#pragma once

// The users in one order, by class: 8 to 24 bytes each, their e-mails stay where they are.
// Knows no lock.

#include "storage/memory/search_part.hpp"
#include "storage/memory/sorted_blocks.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace roster::storage {

class OrderedUsers : public SearchPart {
  public:
    using Visit = std::function<bool(const SearchRow&)>;

    /// Up to `most` users of a class behind `after`, or from the first one on, until `visit` gives
    /// false. False where they were the last ones.
    virtual bool walk(UserClass whose, const UserOrder& order, const Position* after,
                      std::size_t most, const UserRecords& users, const Visit& visit) const = 0;
};

/// For all orders that go by these keys, up or down.
std::unique_ptr<OrderedUsers> make_ordered_users(UserSortKey first, UserSortKey second);

}  // namespace roster::storage
