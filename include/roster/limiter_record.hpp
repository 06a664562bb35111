#pragma once

// What the rate limiter remembers across a restart. Opaque to stores: they look into neither the
// key nor the state.

#include <chrono>
#include <string>
#include <utility>

namespace roster {

/// The last record of a key counts. If the state is empty there is nothing left to remember: a
/// store drops the key, and so stays as bounded as the rate limiter is.
struct LimiterRecord {
    LimiterRecord() = default;  // not an aggregate: it is passed to awaited functions
    LimiterRecord(std::string its_key, std::string its_state, std::chrono::sys_seconds its_until)
        : key(std::move(its_key)), state(std::move(its_state)), until(its_until) {}

    /// Printable ASCII, at most 128 bytes.
    std::string key;
    /// Printable ASCII, at most 2 KiB; empty to drop the key.
    std::string state;
    /// From then on a store may drop it. Late enough for a clock that is wrong by a day.
    std::chrono::sys_seconds until{};

    friend bool operator==(const LimiterRecord&, const LimiterRecord&) = default;
};

}  // namespace roster
