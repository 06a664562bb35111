#include "server/metrics/request_metrics.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace roster::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using std::memory_order_relaxed;

// The last value stands for all others.
template <class Values, class Value>
std::size_t index_of(const Values& values, const Value& value) noexcept {
    const auto last = std::prev(values.end());
    return static_cast<std::size_t>(std::find(values.begin(), last, value) - values.begin());
}

ClientMetric::Label label(std::string name, std::string_view value) {
    return {std::move(name), std::string(value)};
}

}  // namespace

RequestMetrics::RequestMetrics(const std::vector<std::string_view>& routes) {
    routes_.reserve(routes.size() + 1);
    for (const std::string_view route : routes)
        routes_.try_emplace(route);
    none_ = &routes_.try_emplace("none").first->second;
}

void RequestMetrics::count(std::string_view route, std::string_view method, unsigned status,
                           Duration took) noexcept {
    const auto found = routes_.find(route);
    Route& counted = found != routes_.end() ? found->second : *none_;
    counted.requests[index_of(kMethods, method)][index_of(kStatuses, status)].fetch_add(
        1, memory_order_relaxed);
    const double seconds = std::chrono::duration<double>(took).count();
    const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
    counted.durations[static_cast<std::size_t>(bucket - kBounds.begin())].fetch_add(
        1, memory_order_relaxed);
    const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(took).count();
    counted.nanoseconds.fetch_add(
        static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0)), memory_order_relaxed);
}

std::vector<MetricFamily> RequestMetrics::collect() const {
    return {collect_requests(), collect_durations()};
}

MetricFamily RequestMetrics::collect_requests() const {
    MetricFamily family{"roster_http_requests_total",
                        "Answered HTTP requests, by the pattern of their path.",
                        MetricType::Counter,
                        {}};
    for (const auto& [name, route] : routes_) {
        for (std::size_t method = 0; method < kMethods.size(); ++method) {
            for (std::size_t status = 0; status < kStatuses.size(); ++status) {
                const auto requests = route.requests[method][status].load(memory_order_relaxed);
                if (requests == 0) continue;
                const unsigned code = kStatuses[status];
                ClientMetric metric;
                metric.label = {label("route", name), label("method", kMethods[method]),
                                label("code", code == 0 ? "other" : std::to_string(code))};
                metric.counter.value = static_cast<double>(requests);
                family.metric.push_back(std::move(metric));
            }
        }
    }
    return family;
}

MetricFamily RequestMetrics::collect_durations() const {
    MetricFamily family{"roster_http_request_duration_seconds",
                        "From a whole request to its answer, without the time to send it.",
                        MetricType::Histogram,
                        {}};
    for (const auto& [name, route] : routes_) {
        ClientMetric metric;
        std::uint64_t requests = 0;
        for (std::size_t i = 0; i < route.durations.size(); ++i) {
            requests += route.durations[i].load(memory_order_relaxed);
            const bool is_last = i == kBounds.size();
            metric.histogram.bucket.push_back(
                {requests, is_last ? std::numeric_limits<double>::infinity() : kBounds[i]});
        }
        if (requests == 0) continue;
        metric.label = {label("route", name)};
        metric.histogram.sample_count = requests;
        metric.histogram.sample_sum =
            static_cast<double>(route.nanoseconds.load(memory_order_relaxed)) / 1e9;
        family.metric.push_back(std::move(metric));
    }
    return family;
}

}  // namespace roster::server
