#include "server/metrics/request_metrics.hpp"

#include <algorithm>
#include <limits>
#include <new>
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
    for (const std::string_view route : routes)
        numbers_.try_emplace(route, numbers_.size());
    none_ = numbers_.try_emplace("none", numbers_.size()).first->second;
    others_ = std::make_unique<Route[]>(numbers_.size());
}

RequestMetrics::~RequestMetrics() {
    for (const auto& routes : counted_)
        delete[] routes.load();
}

RequestMetrics::Route* RequestMetrics::counted_here() noexcept {
    std::atomic<Route*>& here = counted_[stripe_of_this_thread()];
    Route* routes = here.load(std::memory_order_acquire);
    if (routes != nullptr) return routes;
    std::unique_ptr<Route[]> made(new (std::nothrow) Route[numbers_.size()]);
    if (!made) return others_.get();
    const bool is_first = here.compare_exchange_strong(routes, made.get());
    return is_first ? made.release() : routes;
}

void RequestMetrics::count(std::string_view route, std::string_view method, unsigned status,
                           Duration took) noexcept {
    const auto found = numbers_.find(route);
    Route& counted = counted_here()[found != numbers_.end() ? found->second : none_];
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

template <class Read>
std::uint64_t RequestMetrics::sum(std::size_t route, Read read) const {
    std::uint64_t total = read(others_[route]).load(memory_order_relaxed);
    for (const auto& counted : counted_) {
        const Route* const routes = counted.load(std::memory_order_acquire);
        if (routes != nullptr) total += read(routes[route]).load(memory_order_relaxed);
    }
    return total;
}

std::vector<MetricFamily> RequestMetrics::collect() const {
    return {collect_requests(), collect_durations()};
}

MetricFamily RequestMetrics::collect_requests() const {
    MetricFamily family{"roster_http_requests_total",
                        "Answered HTTP requests, by the pattern of their path.",
                        MetricType::Counter,
                        {}};
    for (const auto& [name, number] : numbers_) {
        for (std::size_t method = 0; method < kMethods.size(); ++method) {
            for (std::size_t status = 0; status < kStatuses.size(); ++status) {
                const auto requests = sum(
                    number, [=](const Route& route) -> const auto& {
                        return route.requests[method][status];
                    });
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
    for (const auto& [name, number] : numbers_) {
        ClientMetric metric;
        std::uint64_t requests = 0;
        for (std::size_t i = 0; i <= kBounds.size(); ++i) {
            requests += sum(
                number, [i](const Route& route) -> const auto& { return route.durations[i]; });
            const bool is_last = i == kBounds.size();
            metric.histogram.bucket.push_back(
                {requests, is_last ? std::numeric_limits<double>::infinity() : kBounds[i]});
        }
        if (requests == 0) continue;
        metric.label = {label("route", name)};
        metric.histogram.sample_count = requests;
        const auto nanoseconds = sum(
            number, [](const Route& route) -> const auto& { return route.nanoseconds; });
        metric.histogram.sample_sum = static_cast<double>(nanoseconds) / 1e9;
        family.metric.push_back(std::move(metric));
    }
    return family;
}

}  // namespace roster::server
