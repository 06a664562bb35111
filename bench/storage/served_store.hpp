#pragma once

// One store that is being served: its commits, its readers, and the snapshot of a users file.

#include "bench/storage/samples.hpp"
#include "bench/storage/store_place.hpp"

#include <roster/store.hpp>

namespace roster::bench {

/// How many users one and 64 askers find in a second, by id and by e-mail in turns: `reads_*`.
void measure_reads(Store& store, const StorePlace& place, Samples& samples);

/// A reader's pauses while nothing is written: `pause_control_*_ms`.
void measure_pauses_alone(Store& store, const StorePlace& place, Samples& samples);

/// Beside commits: `pause_commits_*_ms`, unless a users file was written again meanwhile.
void measure_pauses_beside_commits(Store& store, const StorePlace& place, Samples& samples);

/// The first commit to a users file, and those beside the snapshot that follows it, with a reader:
/// `snapshot_ms`, `meanwhile_*_ms`, `pause_snapshot_*_ms`.
/// Requires: nothing was written to the store yet.
void measure_snapshot(Store& store, const StorePlace& place, Samples& samples);

/// One and 64 writers and the plain loop, in short turns: `plain_*`, `one_*`, `many_*`, and both
/// beside one another: `many_to_one`.
void measure_commits(Store& store, const StorePlace& place, Samples& samples);

/// One writer to this store and one to the smallest, in short turns: `growth`.
void measure_growth(Store& store, const StorePlace& place, Store& smallest,
                    const StorePlace& smallest_place, Samples& samples);

/// From the answer to a write until the users file shows it: `shown_ms`.
void measure_showing(Store& store, const StorePlace& place, Samples& samples);

}  // namespace roster::bench
