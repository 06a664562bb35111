#pragma once

// How long a book takes to load, and what it takes in memory, beside Boost.JSON's own parse.

#include "bench/storage/samples.hpp"

#include <roster/store.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace roster::bench {

/// Reads and parses the book's text as any JSON: `parse_ms`.
void measure_parse(const std::string& path, Samples& samples);

/// `load_ms` and `bytes_per_user`. Requires: a process that has held nothing large yet.
std::unique_ptr<Store> measure_load(const std::string& path, std::uint64_t users, Samples& samples);

}  // namespace roster::bench
