#pragma once

// `roster hash calibrate`: what a password hash may cost on this machine.

#include "cli/commands/command.hpp"
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

/// The dearest cost that takes no longer than `target`, as far as a few measurements find it; and
/// where the least that is advisable takes longer already, that. More memory comes before more
/// passes: it is what makes guessing dear.
/// Requires: `max_memory_kib` is at least that of the default cost.
MeasuredCost propose_hash_cost(std::chrono::nanoseconds target, std::size_t max_memory_kib,
                               const MeasureHash& measure);

Command add_hash_calibrate(CLI::App& program);

}  // namespace roster::cli
