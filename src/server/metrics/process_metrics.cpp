#include "server/metrics/process_metrics.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>

namespace roster::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// Set when the program is loaded, which is its start but for some milliseconds.
const auto kStart = std::chrono::system_clock::now();

double seconds_of(const timeval& time) noexcept {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::optional<double> resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    double pages = 0;
    double resident_pages = 0;
    if (!(statm >> pages >> resident_pages)) return std::nullopt;
    return resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

std::optional<double> open_files() {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc/self/fd"), ::closedir);
    if (!directory) return std::nullopt;
    // Not ".", ".." and the directory itself.
    double files = -3;
    while (::readdir(directory.get()) != nullptr)
        ++files;
    return files;
}

}  // namespace

MetricFamily single_metric(std::string name, std::string help, MetricType type, double value) {
    ClientMetric metric;
    metric.gauge.value = value;
    metric.counter.value = value;
    return {std::move(name), std::move(help), type, {metric}};
}

void add_process_metrics(std::vector<MetricFamily>& families) {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    families.push_back(counter("process_cpu_seconds_total", "Processor time, in seconds.",
                               seconds_of(used.ru_utime) + seconds_of(used.ru_stime)));
    families.push_back(gauge("process_start_time_seconds", "When the process began, as Unix time.",
                             std::chrono::duration<double>(kStart.time_since_epoch()).count()));
    if (const auto bytes = resident_bytes())
        families.push_back(
            gauge("process_resident_memory_bytes", "Memory that is resident.", *bytes));
    if (const auto files = open_files())
        families.push_back(gauge("process_open_fds", "Open file descriptors.", *files));
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
        families.push_back(gauge("process_max_fds", "How many there may be.", limit.rlim_cur));
}

}  // namespace roster::server
