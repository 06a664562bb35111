#pragma once

// What the journal and the sessions' log have in common: batches of lines, each batch framed and
// with a checksum, so that what was never finished is told from what was damaged.
// Knows no file and no line. docs/STORAGE.md describes it byte by byte.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// A batch that is whole: its frame, its length and its checksum agree.
struct FramedBatch {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t number = 0;
    std::uint64_t count = 0;
    /// So many lines.
    std::string_view body;
};

/// The batch as it goes into a file. `body`: `count` lines, each with its newline.
std::string framed_batch(std::uint64_t number, std::uint64_t count, std::string_view body);

std::optional<FramedBatch> framed_batch_at(std::string_view text, std::uint64_t offset);

/// The first whole batch at or behind `offset`.
std::optional<FramedBatch> next_framed_batch(std::string_view text, std::uint64_t offset);

/// What a file consists of: whole batches, and what comes behind them.
struct FrameScan {
    std::vector<FramedBatch> batches;
    /// Where the last whole batch ends; bytes behind it are a torn tail.
    std::uint64_t good_bytes = 0;
    /// Where a batch begins that is broken although whole ones follow: no torn tail, but damage.
    std::optional<std::uint64_t> damage;
};

/// Lifetime: of the text.
FrameScan scan_frames(std::string_view text);

}  // namespace roster::storage
