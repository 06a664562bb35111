#pragma once

// The bytes of a journal: batches of changes, each framed and with a checksum.
// Knows no file. docs/STORAGE.md describes it byte by byte.

#include <roster/user.hpp>

#include "storage/index/user_chunk.hpp"
#include "storage/json/user_draft.hpp"

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

/// A batch that is whole: its frame, its length and its checksum agree.
struct JournalBatch {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    Revision first = 0;
    std::uint64_t count = 0;
    /// So many lines, one change each.
    std::string_view body;
};

std::optional<JournalBatch> journal_batch_at(std::string_view text, std::uint64_t offset);

/// What a journal's text consists of: whole batches, and what comes behind them.
struct JournalScan {
    std::vector<JournalBatch> batches;
    /// Where the last whole batch ends; bytes behind it are a torn tail.
    std::uint64_t good_bytes = 0;
    /// Where a batch begins that is broken although whole ones follow: no torn tail, but damage.
    std::optional<std::uint64_t> damage;
};

/// Lifetime: of the text.
JournalScan scan_journal(std::string_view text);

/// The first whole batch at or behind `offset`.
std::optional<JournalBatch> next_journal_batch(std::string_view text, std::uint64_t offset);

struct JournalChange {
    enum class Kind { created, changed, erased };

    Kind kind = Kind::created;
    UserId id = 0;
    Revision revision = 0;
    /// Where nobody was erased.
    UserDraft user;
};

/// One line of a batch; nothing where it is none.
std::optional<JournalChange> read_journal_change(std::string_view line);

}  // namespace roster::storage
