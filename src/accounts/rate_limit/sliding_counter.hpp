#pragma once

// How often something happened within the last hour. Knows not what.

#include "accounts/rate_limit/limits.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace roster::accounts {

/// Counts by spans of five minutes, and errs to one side only: what is less than an hour old is
/// always counted, what is more than an hour and five minutes old never is.
class SlidingCounter {
  public:
    static constexpr std::chrono::minutes kSpan{5};
    /// The hour's own spans, and the one that began more than an hour ago but ended since.
    static constexpr std::size_t kSpans = 13;
    using Counts = std::array<std::uint32_t, kSpans>;

    static std::int64_t span_of(Instant time) noexcept;
    static Instant begin_of(std::int64_t span) noexcept;

    void add(Instant now, std::uint32_t times = 1) noexcept { add_to(span_of(now), times); }
    /// What lies further back than all spans reach is not added.
    void add_to(std::int64_t span, std::uint32_t times) noexcept;

    void add(const SlidingCounter& other) noexcept;

    bool is_empty() const noexcept { return counts_ == Counts{}; }
    std::uint32_t total(Instant now) const noexcept;
    /// The same at a glance: may count what has left since the last was added.
    std::uint32_t rough_total(Instant now) const noexcept;
    /// How long until fewer than `limit` count, if none is added; zero where that is so now.
    std::chrono::milliseconds wait_below(std::uint32_t limit, Instant now) const noexcept;

    std::int64_t newest() const noexcept { return newest_; }
    /// By age: those of the span `newest()` first.
    Counts counts() const noexcept;
    /// When nothing counts any more.
    Instant forgotten_at() const noexcept;

  private:
    static std::size_t place_of(std::int64_t span) noexcept;

    std::int64_t newest_ = 0;
    Counts counts_{};
};

}  // namespace roster::accounts
