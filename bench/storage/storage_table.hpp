#pragma once

// What is promised of the stores, and what was measured of them.

#include "bench/storage/samples.hpp"
#include "bench/storage/store_place.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace roster::bench {

/// What was measured of one store.
struct StoreSamples {
    StoreKind kind = StoreKind::json;
    std::uint64_t users = 0;
    Samples samples;
};

/// A column for each.
std::string storage_table(const std::vector<StoreSamples>& stores);

}  // namespace roster::bench
