#pragma once

// `roster hash calibrate`: what a password hash may cost on this machine.

#include "passwords/password_hasher.hpp"

#include <chrono>
#include <cstddef>
#include <functional>

namespace roster::cli {

/// A cost, and what one hash of it takes while nothing else runs.
struct MeasuredCost {
    passwords::HashCost cost;
    std::chrono::nanoseconds took{0};
};

using MeasureHash = std::function<std::chrono::nanoseconds(passwords::HashCost)>;

/// The highest cost that takes no longer than `target`, as far as a few measurements find it; the
/// least that is advisable if that takes longer. Prefers more memory to more passes: memory makes
/// guessing expensive.
/// Requires: `max_memory_kib` is at least that of the default cost.
MeasuredCost propose_hash_cost(std::chrono::nanoseconds target, std::size_t max_memory_kib,
                               const MeasureHash& measure);

}  // namespace roster::cli
