#pragma once

// Metrics of one number, and those of this process that every program has.
// Source: Prometheus, "Writing client libraries", process metrics.

#include <prometheus/metric_family.h>

#include <string>
#include <type_traits>
#include <vector>

namespace roster::server {

prometheus::MetricFamily single_metric(std::string name, std::string help,
                                       prometheus::MetricType type, double value);

template <class Number>
prometheus::MetricFamily gauge(std::string name, std::string help, Number value) {
    return single_metric(std::move(name), std::move(help), prometheus::MetricType::Gauge,
                         static_cast<double>(value));
}

template <class Number>
prometheus::MetricFamily counter(std::string name, std::string help, Number value) {
    return single_metric(std::move(name), std::move(help), prometheus::MetricType::Counter,
                         static_cast<double>(value));
}

/// Processor time, memory, open files, start. What the system does not tell is left out.
/// Threads: any. Reads /proc, which waits for no disk.
void add_process_metrics(std::vector<prometheus::MetricFamily>& families);

}  // namespace roster::server
