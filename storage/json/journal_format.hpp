#pragma once

// The changes in a journal's batches, one a line.
// Knows no file. docs/STORAGE.md describes it byte by byte.

#include <roster/user.hpp>

#include "storage/json/framed_batch.hpp"
#include "storage/json/user_parser.hpp"
#include "storage/memory/user_chunk.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// Gathers the changes of one batch.
class JournalBatchWriter {
  public:
    /// The first change has this revision, each further one the next.
    explicit JournalBatchWriter(Revision first) : first_(first) {}

    void created(const UserRecord& user) { put("created", user); }
    void changed(const UserRecord& user) { put("changed", user); }
    void erased(UserId id, Revision revision);

    bool empty() const noexcept { return count_ == 0; }

    /// The batch as it goes into the file.
    std::string finish() const;

  private:
    void put(std::string_view what, const UserRecord& user);

    Revision first_;
    std::size_t count_ = 0;
    std::string body_;
};

struct JournalChange {
    enum class Kind { created, changed, erased };

    Kind kind = Kind::created;
    UserId id = 0;
    Revision revision = 0;
    /// Where nobody was erased.
    UserParser user;
};

/// One line of a batch; nothing where it is none.
std::optional<JournalChange> read_journal_change(std::string_view line);

}  // namespace roster::storage
