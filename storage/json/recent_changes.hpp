#pragma once

// What changed lately, so that an edit of an older text can be told from what the server did
// meanwhile. Knows no text.

#include "storage/memory/user_index.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>

namespace roster::storage {

/// Of everything in a user that a person may edit; never `kWasNotThere`.
std::uint64_t digest_of(const UserRecord& record) noexcept;

/// In the place of the digest of a user who did not exist.
inline constexpr std::uint64_t kWasNotThere = 0;

/// Knows every user's state at the moments when the users file was written: a text was made from
/// one of those. Between two of them only the first change of each user counts.
class RecentChanges {
  public:
    // 24 bytes each, and up to 24 more for the files and the users since the last one: 48 MB after
    // a million changes, less before. At a hundred sign-ups a second it reaches back for hours.
    static constexpr std::size_t kMaxChanges = 1'000'000;

    /// Knows the file of that revision, and nothing older.
    explicit RecentChanges(Revision revision, std::size_t max_changes = kMaxChanges)
        : max_changes_(max_changes), files_{revision} {}

    /// `before`: a digest, or `kWasNotThere`. Revisions grow.
    void add(Revision revision, UserId id, std::uint64_t before);

    /// From here on a text may say that it was made from this revision.
    void begin_file(Revision revision);

    /// Whether a file of that revision was written, and all changes since are known.
    bool knows_file(Revision revision) const noexcept;

    /// The users that changed after that revision, with the digest each had then.
    /// Requires: `knows_file`.
    boost::unordered_flat_map<UserId, std::uint64_t> since(Revision revision) const;

    std::size_t memory_bytes() const noexcept;

  private:
    struct Change {
        Revision revision;
        UserId id;
        std::uint64_t before;
    };

    void drop_oldest();

    std::size_t max_changes_;
    // In order. Each has changes after it that no other one has, so that there are never many more
    // of them than changes.
    std::deque<Revision> files_;
    std::deque<Change> changes_;
    boost::unordered_flat_set<UserId> since_last_file_;
};

}  // namespace roster::storage
