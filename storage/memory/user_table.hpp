#pragma once

// All users by id: a sorted row of chunks, of which views can be taken in microseconds.
// Knows no e-mail and no lock.

#include "storage/memory/user_chunk.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace roster::storage {

/// The users as they were at one moment: chunks that are copied before they are written.
using UserView = std::vector<const UserChunk*>;

/// Requires: one writer, and no reader beside him, but for readers of views.
class UserTable {
  public:
    std::size_t size() const noexcept { return size_; }
    /// The largest id there is; 0 where there is none.
    UserId last_id() const noexcept;

    std::optional<UserRecord> find(UserId id) const noexcept;

    /// The chunks that hold users with an id above `after`, the first of them perhaps only in part.
    std::span<const std::unique_ptr<UserChunk>> chunks_above(UserId after) const noexcept;

    /// As `chunks_above`, with an id below `before`; the last of them perhaps only in part.
    std::span<const std::unique_ptr<UserChunk>> chunks_below(UserId before) const noexcept;

    /// Requires, as `replace` and `erase` do: the id is not there, or is there.
    void insert(const UserRecord& record);
    void replace(const UserRecord& record);
    void erase(UserId id);

    /// Lifetime: until it is given back. Every view is given back once.
    UserView snapshot();
    /// Gives the chunks that only views were holding, to be freed when nobody waits.
    std::vector<std::unique_ptr<UserChunk>> give_back_view() noexcept;

    std::size_t memory_bytes() const noexcept;

  private:
    std::size_t chunk_of(UserId id) const noexcept;
    UserChunk& writable(std::size_t chunk);
    void split_and_insert(std::size_t index, std::size_t position, const UserRecord& record);
    std::unique_ptr<UserChunk> make_chunk() const;

    std::vector<std::unique_ptr<UserChunk>> chunks_;
    std::vector<std::unique_ptr<UserChunk>> retired_;
    std::size_t size_ = 0;
    std::size_t views_ = 0;
    std::uint64_t stamp_ = 0;
};

}  // namespace roster::storage
