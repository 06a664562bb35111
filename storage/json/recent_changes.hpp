#pragma once

// What changed lately, so that an edit of an older text can be told from what the server did
// meanwhile.

#include "storage/index/user_chunk.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>

namespace roster::storage {

/// Stands for everything in a user that a person may edit; 0 is nobody's.
std::uint64_t digest_of(const UserRecord& record) noexcept;

class RecentChanges {
  public:
    /// Everything up to `revision` is unknown.
    explicit RecentChanges(Revision revision) : forgotten_(revision) {}

    /// `before` is 0 where the user was not there.
    void add(Revision revision, UserId id, std::uint64_t before);

    /// Whether all changes after that revision are still known.
    bool knows_since(Revision revision) const noexcept { return revision >= forgotten_; }

    /// Who changed after that revision, and the digest each had then.
    boost::unordered_flat_map<UserId, std::uint64_t> since(Revision revision) const;

  private:
    struct Entry {
        Revision revision;
        UserId id;
        std::uint64_t before;
    };

    static constexpr std::size_t kMaxEntries = 100'000;

    Revision forgotten_;
    std::deque<Entry> entries_;
};

}  // namespace roster::storage
