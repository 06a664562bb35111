#pragma once

// Counts HTTP requests by route, method and status, and how long they take.
// Knows no request and no text format of its own.

#include "core/stripe.hpp"

#include <prometheus/metric_family.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace roster::server {

/// Threads: any. A request costs a look-up and a few increments; nothing waits.
class RequestMetrics {
  public:
    using Duration = std::chrono::steady_clock::duration;

    /// `routes`: the patterns of all paths, which are the values of a label. Lifetime: static.
    explicit RequestMetrics(const std::vector<std::string_view>& routes);
    RequestMetrics(const RequestMetrics&) = delete;
    RequestMetrics& operator=(const RequestMetrics&) = delete;
    ~RequestMetrics();

    /// `route`: one of the patterns; any other text counts as none. `method`: as it is sent.
    void count(std::string_view route, std::string_view method, unsigned status,
               Duration took) noexcept;

    /// Only of what has happened at least once.
    std::vector<prometheus::MetricFamily> collect() const;

  private:
    static constexpr std::array<std::string_view, 8> kMethods{
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"};
    static constexpr std::array<unsigned, 29> kStatuses{
        200, 201, 204, 302, 303, 304, 400, 401, 403, 404, 405, 406, 408, 409, 410,
        412, 413, 414, 415, 417, 422, 429, 431, 500, 501, 502, 503, 505, 0};
    // Of a read, of a write, and of password hashes that wait for each other. Units: seconds.
    static constexpr std::array<double, 10> kBounds{0.0001, 0.0005, 0.001, 0.005, 0.01,
                                                    0.05,   0.1,    0.5,   1,     5};

    struct Route {
        std::array<std::array<std::atomic<std::uint64_t>, kStatuses.size()>, kMethods.size()>
            requests{};
        // The last one is of what took longer than all bounds.
        std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> durations{};
        std::atomic<std::uint64_t> nanoseconds{0};
    };

    Route* counted_here() noexcept;
    // What `read` makes of each thread's, added up.
    template <class Read>
    std::uint64_t sum(std::size_t route, Read read) const;
    prometheus::MetricFamily collect_requests() const;
    prometheus::MetricFamily collect_durations() const;

    // Not changed after construction.
    std::unordered_map<std::string_view, std::size_t> numbers_;
    std::size_t none_;
    // By the number of a route. Threads on different cores do not count in the same place; each has
    // its own when it first counts. Owned.
    std::array<std::atomic<Route*>, kStripes> counted_{};
    // Of those that found no memory.
    std::unique_ptr<Route[]> others_;
};

}  // namespace roster::server
