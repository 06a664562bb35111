#pragma once

// Keeps a flood from washing the audit log out: of what strangers can repeat without end only some
// events become lines, each with the number of those it stands for. docs/AUDIT.md has the rules.

#include <roster/audit.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace roster::audit {

/// Bounds the lines of an hour: about `single_events`, and a few for each of `keys`.
struct FoldingRoom {
    /// Further networks or users share one key for each action and outcome.
    std::size_t keys = 0;
    /// After these there are only lines at powers of ten.
    std::uint64_t single_events = 0;
};

/// What succeeded and what was refused have rooms of their own: a flood of refusals hides no
/// change.
struct FoldingLimits {
    // All keys together fit into the queue of the writer when the hour ends.
    FoldingRoom succeeded{5'000, 20'000};
    FoldingRoom refused{1'000, 5'000};
};

std::unique_ptr<AuditLog> fold_floods(std::unique_ptr<AuditLog> log,
                                      std::function<std::chrono::system_clock::time_point()> now,
                                      FoldingLimits limits = FoldingLimits());

}  // namespace roster::audit
