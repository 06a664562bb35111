#pragma once

// How long a store takes to open, and what it takes in memory; a users file beside Boost.JSON's own
// parse.

#include "bench/storage/samples.hpp"
#include "bench/storage/store_place.hpp"

#include <roster/store.hpp>

#include <memory>
#include <string>

namespace roster::bench {

/// Reads and parses the users file's text as any JSON: `parse_ms`.
void measure_parse(const std::string& path, Samples& samples);

/// `load_ms` and `bytes_per_user`. Requires: a process that has held nothing large yet.
std::unique_ptr<Store> measure_load(const StorePlace& place, Samples& samples);

/// Opens a store whose process ended without closing it, and closes it: `reopen_ms`,
/// `file_bytes_per_user`.
void measure_reopening(const StorePlace& place, Samples& samples);

}  // namespace roster::bench
