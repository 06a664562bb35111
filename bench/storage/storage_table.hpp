#pragma once

// What is promised of the JSON store, and what was measured of it.

#include "bench/storage/samples.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace roster::bench {

/// What was measured at one size.
struct SizeSamples {
    std::uint64_t users = 0;
    Samples samples;
};

/// Requires: at least one size; they grow.
std::string storage_table(const std::vector<SizeSamples>& sizes);

}  // namespace roster::bench
