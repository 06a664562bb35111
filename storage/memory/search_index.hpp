#pragma once

// The indexes for searching that there are so far, following the users.
// Knows no lock; when one is made is LiveSearch's matter.

#include "storage/memory/ordered_users.hpp"
#include "storage/memory/search_part.hpp"
#include "storage/memory/trigram_index.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <utility>

namespace roster::storage {

enum class SearchPartName : std::uint8_t {
    by_id,
    by_email,
    by_creation,
    by_creation_and_email,
    trigrams
};
inline constexpr std::size_t kSearchParts = 5;

/// The index that has the users in this order.
SearchPartName part_for(const UserOrder& order) noexcept;

std::shared_ptr<SearchPart> make_search_part(SearchPartName name);

class SearchIndex {
  public:
    explicit SearchIndex(const UserTable& table) : records_(table) {}

    /// One bit for each index that a change is one of.
    using Touched = unsigned;

    void user_comes(const UserRecord& user) { comes_back(user, ~Touched{0}); }
    /// Before he is erased.
    void user_leaves(const UserRecord& user);
    /// Before he is changed, and after that.
    Touched steps_out(const UserRecord& before, const UserRecord& after);
    void comes_back(const UserRecord& after, Touched touched);

    /// How often somebody got another role or state.
    std::uint64_t class_changes() const noexcept { return class_changes_; }

    /// Nothing where it was not made yet.
    std::shared_ptr<const SearchPart> part(SearchPartName name) const noexcept {
        return parts_[static_cast<std::size_t>(name)];
    }
    /// Gives the one that was there.
    std::shared_ptr<SearchPart> put(SearchPartName name,
                                    std::shared_ptr<SearchPart> part) noexcept {
        return std::exchange(parts_[static_cast<std::size_t>(name)], std::move(part));
    }

    /// From now on, or no more, remembers who was changed.
    void watch(bool on);
    /// Those since it was asked last.
    std::set<UserId> take_changed() noexcept { return std::exchange(changed_, {}); }
    std::size_t changed_count() const noexcept { return changed_.size(); }

    const UserRecords& records() const noexcept { return records_; }
    std::size_t memory_bytes() const noexcept;

  private:
    void note_change(UserId id) {
        if (is_watching_) changed_.insert(id);
    }

    RecordsOfTable records_;
    std::array<std::shared_ptr<SearchPart>, kSearchParts> parts_;
    std::uint64_t class_changes_ = 0;
    bool is_watching_ = false;
    std::set<UserId> changed_;
};

}  // namespace roster::storage
