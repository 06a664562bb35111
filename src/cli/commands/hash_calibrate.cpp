#include "cli/commands/hash_calibrate.hpp"

#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/options.hpp"
#include "core/password_format.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
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
    std::string format;
};

struct Calibration {
    MeasuredCost proposed;
    std::size_t cores = 0;
    double log_ins_per_second = 0;
};

std::size_t core_count() {
    return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

// All hashes at once take a quarter of the machine's memory.
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
        throw StartupError(Errc::overloaded, "a hash of " + std::to_string(cost.memory_kib) +
                                                 " KiB cannot be made: " + hash.error().message());
}

// The median of a few: other programs use the machine, too.
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

// On all cores at once: they share the memory bus.
double measure_rate(const MeasuredCost& proposed, std::size_t cores) {
    constexpr nanoseconds kLongEnough = std::chrono::seconds(1);
    const auto each = static_cast<std::size_t>(
        std::clamp<std::int64_t>(kLongEnough / std::max(proposed.took, nanoseconds(1)), 2, 200));
    const auto began = steady_clock::now();
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < cores; ++i)
            threads.emplace_back([each, cost = proposed.cost] {
                // The last measurement had this memory; if it is short now, the rate is too good.
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

std::string fixed(double number, int decimals) {
    std::array<char, 64> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number,
                                            std::chars_format::fixed, decimals);
    return error == std::errc() ? std::string(text.data(), end) : "0";
}

std::string as_json(const CalibrateOptions& options, const Calibration& found) {
    const passwords::HashCost cost = found.proposed.cost;
    return "{\"hash_memory_kib\":" + std::to_string(cost.memory_kib) +
           ",\"hash_passes\":" + std::to_string(cost.passes) +
           ",\"target_ms\":" + std::to_string(options.target.count()) +
           ",\"one_hash_ms\":" + fixed(to_ms(found.proposed.took), 1) +
           ",\"cores\":" + std::to_string(found.cores) +
           ",\"log_ins_per_second\":" + fixed(found.log_ins_per_second, 1) + "}";
}

std::string as_text(const CalibrateOptions& options, const Calibration& found) {
    const passwords::HashCost cost = found.proposed.cost;
    std::string text = "--hash-memory-kib " + std::to_string(cost.memory_kib) + " --hash-passes " +
                       std::to_string(cost.passes) + "\n\n";
    text += "one hash:  " + fixed(to_ms(found.proposed.took), 0) + " ms; the target was " +
            std::to_string(options.target.count()) + " ms\n";
    text += "log-ins:   " + fixed(found.log_ins_per_second, 1) + " a second on all " +
            std::to_string(found.cores) + " cores\n";
    text += "memory:    " + std::to_string(cost.memory_kib * found.cores / kMebibyteInKib) +
            " MiB for that";
    if (found.proposed.took > options.target)
        text += "\n\nThis is the least that is advisable, though it takes longer than the target.";
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

// The cost of about `work_kib` over all passes, in as much memory as is allowed.
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

void add_hash_commands(CLI::App& program, Commands& commands) {
    CLI::App* hash = program.add_subcommand("hash", "What password hashes cost");
    hash->footer("Example:\n  roster hash calibrate");
    auto [command, options] = add_command(
        *hash, commands, "calibrate",
        "Measure argon2id on this machine, and propose what a hash should cost", calibrate);
    add_duration(command, "--target", options.target, "What one log-in should take");
    add_number(command, "--max-memory-kib", options.max_memory_kib, 0, kMaxArgon2WorkKib,
               "Memory for one hash; 0: what makes a quarter of the machine's on all cores");
    add_format_of(command, options.format, {"text", "json"});
    add_config(command);
    command.footer(
        "The first line is the options for 'roster serve'. It takes some seconds, and all cores "
        "at\n"
        "the end. It never proposes less than 19 MiB in two passes (OWASP).\n\n"
        "Examples:\n"
        "  roster hash calibrate\n"
        "  roster hash calibrate --target 100ms --max-memory-kib 65536 --format json");
}

}  // namespace roster::cli
