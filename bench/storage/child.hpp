#pragma once

// Measuring in a process of its own: what one turn leaves in memory cannot reach the next.

#include "bench/storage/samples.hpp"

#include <functional>

namespace roster::bench {

/// Ends the process after `work`, without destroying what `work` left alive.
///
/// Requires: no other thread runs.
/// Throws: `std::runtime_error` where the work failed, took longer than ten minutes, or the user
/// interrupted it.
Samples run_in_child(const std::function<void(Samples&)>& work);

}  // namespace roster::bench
