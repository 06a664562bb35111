#pragma once

// One store that is being served: its commits, its snapshot, its readers.

#include "bench/storage/samples.hpp"

#include <roster/store.hpp>

#include <cstdint>
#include <string>

namespace roster::bench {

/// Where the book is, and how many users it has.
struct BookPlace {
    std::string directory;
    std::uint64_t users = 0;

    std::string book() const { return directory + "/users.json"; }
};

/// The first commit, and those beside the snapshot that follows it, with a reader: `snapshot_ms`,
/// `meanwhile_*_ms`, `pause_snapshot_*_ms`. For comparison a reader before, `pause_control_*_ms`,
/// and one beside commits afterwards, `pause_commits_*_ms`, unless that saw a further snapshot.
/// Requires: nothing was written to the store yet.
void measure_snapshot(Store& store, const BookPlace& place, Samples& samples);

/// One and 64 writers and the plain loop, in short turns: `plain_*`, `one_*`, `many_*`.
void measure_commits(Store& store, const BookPlace& place, Samples& samples);

/// One writer to this book and one to the smallest, in short turns: `growth`.
void measure_growth(Store& store, const BookPlace& place, Store& smallest,
                    const BookPlace& smallest_place, Samples& samples);

/// From the answer to a write until the book says it: `shown_ms`.
void measure_showing(Store& store, const BookPlace& place, Samples& samples);

}  // namespace roster::bench
