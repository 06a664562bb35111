#include "cli/commands/hash_calibrate.hpp"

#include "cli/config/options.hpp"
#include "core/password_format.hpp"

#include <CLI/CLI.hpp>

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace roster::cli {
namespace {

using passwords::HashCost;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMebibyteInKib = 1024;

struct CalibrateOptions {
    std::chrono::milliseconds target{250};
    std::size_t max_memory_kib = 0;
    std::string format = "text";
};

struct Calibration {
    MeasuredCost proposed;
    std::size_t cores = 0;
    double log_ins_per_second = 0;
};

std::size_t core_count() {
    return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

// Whatever the machine is there for besides: all hashes at once take a quarter of its memory.
std::size_t affordable_memory_kib() {
    const long pages = ::sysconf(_SC_PHYS_PAGES);
    const long page_bytes = ::sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page_bytes <= 0) return passwords::HashCost().memory_kib;
    const std::size_t machine_kib =
        static_cast<std::size_t>(pages) / 1024 * static_cast<std::size_t>(page_bytes);
    return std::max(passwords::HashCost().memory_kib, machine_kib / 4 / core_count());
}

void hash_once(passwords::HashCost cost) {
    const auto hash = passwords::hash_password(Secret("correct horse battery staple"), cost);
    if (!hash)
        throw StartupError(Errc::overloaded, fmt::format("a hash of {} KiB cannot be made: {}",
                                                         cost.memory_kib, hash.error().message()));
}

// The median of a few: others use the machine, too.
nanoseconds measure_hash(passwords::HashCost cost) {
    std::array<nanoseconds, 3> times{};
    for (nanoseconds& time : times) {
        const auto began = steady_clock::now();
        hash_once(cost);
        time = steady_clock::now() - began;
    }
    std::sort(times.begin(), times.end());
    return times[1];
}

// With all cores at it: they share the way to the memory.
double measure_rate(const MeasuredCost& proposed, std::size_t cores) {
    constexpr nanoseconds kLongEnough = std::chrono::seconds(1);
    const auto each = static_cast<std::size_t>(
        std::clamp<std::int64_t>(kLongEnough / std::max(proposed.took, nanoseconds(1)), 2, 200));
    const auto began = steady_clock::now();
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < cores; ++i)
            threads.emplace_back([each, cost = proposed.cost] {
                // The last measurement had this memory; where it is short now, the rate is only
                // too good.
                for (std::size_t n = 0; n < each; ++n)
                    static_cast<void>(passwords::hash_password(Secret("anything"), cost));
            });
    }
    const std::chrono::duration<double> took = steady_clock::now() - began;
    return static_cast<double>(each * cores) / took.count();
}

double to_ms(nanoseconds time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

std::string as_json(const CalibrateOptions& options, const Calibration& found) {
    return fmt::format(
        "{{\"hash_memory_kib\":{},\"hash_passes\":{},\"target_ms\":{},\"one_hash_ms\":{:.1f},"
        "\"cores\":{},\"log_ins_per_second\":{:.1f}}}",
        found.proposed.cost.memory_kib, found.proposed.cost.passes, options.target.count(),
        to_ms(found.proposed.took), found.cores, found.log_ins_per_second);
}

std::string as_text(const CalibrateOptions& options, const Calibration& found) {
    const MeasuredCost& proposed = found.proposed;
    std::string text = fmt::format("--hash-memory-kib {} --hash-passes {}\n\n",
                                   proposed.cost.memory_kib, proposed.cost.passes);
    text += fmt::format("one hash:  {:.0f} ms; {} ms were asked for\n", to_ms(proposed.took),
                        options.target.count());
    text += fmt::format("log-ins:   {:.1f} a second with all {} cores at it\n",
                        found.log_ins_per_second, found.cores);
    text += fmt::format("memory:    {} MiB while they are",
                        proposed.cost.memory_kib * found.cores / kMebibyteInKib);
    if (proposed.took > options.target)
        text +=
            "\n\nThis is the least that is advisable, though it takes longer than was asked for.";
    return text;
}

ExitCode calibrate(const CalibrateOptions& options) {
    const std::size_t memory_kib =
        options.max_memory_kib != 0 ? options.max_memory_kib : affordable_memory_kib();
    Calibration found;
    found.cores = core_count();
    found.proposed = propose_hash_cost(options.target, memory_kib, measure_hash);
    found.log_ins_per_second = measure_rate(found.proposed, found.cores);
    std::cout << (options.format == "json" ? as_json(options, found) : as_text(options, found))
              << std::endl;
    return ExitCode::ok;
}

// As much work as `work_kib` over all passes, in as much memory as there may be.
passwords::HashCost cost_of_work(double work_kib, std::size_t max_memory_kib) {
    constexpr passwords::HashCost kLeast;
    const auto bearable =
        static_cast<std::size_t>(std::min(work_kib, static_cast<double>(kMaxArgon2WorkKib)));
    passwords::HashCost cost;
    cost.memory_kib = std::min(bearable / kLeast.passes, max_memory_kib);
    cost.memory_kib =
        std::max(kLeast.memory_kib, cost.memory_kib / kMebibyteInKib * kMebibyteInKib);
    cost.passes = static_cast<unsigned>(
        std::clamp<std::size_t>(bearable / cost.memory_kib, kLeast.passes, kMaxArgon2Passes));
    return cost;
}

double work_of(passwords::HashCost cost) {
    return static_cast<double>(cost.memory_kib) * cost.passes;
}

}  // namespace

MeasuredCost propose_hash_cost(nanoseconds target, std::size_t max_memory_kib,
                               const MeasureHash& measure) {
    constexpr int kRounds = 5;
    constexpr double kCloseEnough = 0.9;
    const passwords::HashCost least;
    MeasuredCost best{least, measure(least)};
    MeasuredCost last = best;
    for (int round = 0; round < kRounds && last.took.count() > 0; ++round) {
        const double factor =
            static_cast<double>(target.count()) / static_cast<double>(last.took.count());
        if (factor >= 1 && factor * kCloseEnough <= 1) break;
        const passwords::HashCost next = cost_of_work(work_of(last.cost) * factor, max_memory_kib);
        if (next.memory_kib == last.cost.memory_kib && next.passes == last.cost.passes) break;
        last = {next, measure(next)};
        if (last.took <= target && work_of(last.cost) > work_of(best.cost)) best = last;
    }
    return best;
}

Command add_hash_calibrate(CLI::App& program) {
    CLI::App* hash = program.add_subcommand("hash", "What password hashes cost");
    hash->footer("Example:\n  roster hash calibrate");
    CLI::App* command = hash->add_subcommand(
        "calibrate", "Measure argon2id on this machine, and propose what a hash should cost");
    const auto options = std::make_shared<CalibrateOptions>();
    add_duration(*command, "--target", options->target, "What one log-in should take");
    add_number(*command, "--max-memory-kib", options->max_memory_kib, 0, kMaxArgon2WorkKib,
               "Memory for one hash; 0: what makes a quarter of the machine's on all cores");
    add_text(*command, "--format", options->format, "FORMAT", "How the answer is written")
        ->check(CLI::IsMember({"text", "json"}));
    add_config(*command);
    command->footer(
        "Its first line holds the options for 'roster serve'. It takes some seconds, and all cores "
        "at the\nend. It never proposes less than 19 MiB in two passes (OWASP).\n\n"
        "Examples:\n"
        "  roster hash calibrate\n"
        "  roster hash calibrate --target 100ms --max-memory-kib 65536 --format json");
    return Command(*command, [options] { return calibrate(*options); });
}

}  // namespace roster::cli
