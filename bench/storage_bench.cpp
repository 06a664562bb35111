// Measures the stores at several sizes and prints one table. bench/run says how to use it.

#include "bench/storage/child.hpp"
#include "bench/storage/commits.hpp"
#include "bench/storage/example_store.hpp"
#include "bench/storage/load.hpp"
#include "bench/storage/machine.hpp"
#include "bench/storage/served_store.hpp"
#include "bench/storage/storage_table.hpp"
#include "bench/storage/store_place.hpp"
#include "bench/storage/temporary_directory.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace roster::bench {
namespace {

namespace fs = std::filesystem;

struct Settings {
    std::vector<std::uint64_t> users{1000, 100'000, 1'000'000};
    std::vector<std::string> stores{"json", "sqlite"};
    int rounds = 3;
    std::string directory = ".";
};

// The next turn shall find a closed store and nothing to bring it up to date with.
void leave_closed(const StorePlace& place) {
    fs::remove(place.directory + "/plain");
    if (place.kind == StoreKind::sqlite) return;
    for (const auto& entry : fs::directory_iterator(place.directory))
        if (entry.path() != place.file()) fs::remove(entry.path());
}

// Stores are not closed here: their process ends as if it was killed, for what is measured next.
void measure_served(const StorePlace& place, const StorePlace& smallest, Samples& samples) {
    Store& store = *measure_load(place, samples).release();
    measure_pauses_alone(store, place, samples);
    if (place.kind == StoreKind::json) measure_snapshot(store, place, samples);
    measure_pauses_beside_commits(store, place, samples);
    measure_reads(store, place, samples);
    measure_commits(store, place, samples);
    if (place.users > smallest.users)
        measure_growth(store, place, *open_store(smallest.url(), OpenOptions()).release(), smallest,
                       samples);
}

Samples measure_round(const StorePlace& place, const StorePlace& smallest) {
    Samples round;
    if (place.kind == StoreKind::json)
        round.add(run_in_child([&](Samples& samples) { measure_parse(place.file(), samples); }));
    round.add(run_in_child([&](Samples& samples) { measure_served(place, smallest, samples); }));
    if (const auto parse_ms = round.median("parse_ms"))
        round.add("load_to_parse", round.median("load_ms").value() / *parse_ms);
    round.add(run_in_child([&](Samples& samples) { measure_reopening(place, samples); }));
    if (place.users > smallest.users)
        run_in_child([&](Samples& samples) { measure_reopening(smallest, samples); });
    leave_closed(place);
    leave_closed(smallest);
    return round;
}

Samples measure_showing_alone(const StorePlace& place) {
    return run_in_child([&](Samples& samples) {
        const auto store = open_store(place.url(), OpenOptions());
        measure_showing(*store, place, samples);
    });
}

StoreSamples measure_store(int rounds, const StorePlace& place, const StorePlace& smallest) {
    StoreSamples store{place.kind, place.users, {}};
    for (int round = 1; round <= rounds; ++round) {
        std::cerr << fmt::format("{}, {} users, round {} of {}\n", place.scheme(), place.users,
                                 round, rounds);
        store.samples.add(measure_round(place, smallest));
    }
    return store;
}

std::vector<StoreSamples> measure_kind(const Settings& settings, StoreKind kind) {
    const TemporaryDirectory first(settings.directory);
    const StorePlace smallest{kind, first.path(), settings.users.front()};
    make_example_store(smallest);
    std::vector<StoreSamples> stores{measure_store(settings.rounds, smallest, smallest)};
    if (kind == StoreKind::json) {
        stores.front().samples.add(measure_showing_alone(smallest));
        make_example_store(smallest);
    }
    for (std::size_t i = 1; i < settings.users.size(); ++i) {
        const TemporaryDirectory directory(settings.directory);
        const StorePlace place{kind, directory.path(), settings.users[i]};
        make_example_store(place);
        stores.push_back(measure_store(settings.rounds, place, smallest));
    }
    return stores;
}

void measure(const Settings& settings) {
    std::cout << describe_machine(settings.directory)
              << fmt::format(
                     "users        {} bytes of hash, {} of e-mail; plain loop: {} bytes a time\n\n",
                     kHashBytes, kEmailBytes, PlainLoop::kRecordBytes)
              << std::flush;
    std::vector<StoreSamples> stores;
    for (const std::string& name : settings.stores)
        for (StoreSamples& store :
             measure_kind(settings, name == "json" ? StoreKind::json : StoreKind::sqlite))
            stores.push_back(std::move(store));
    std::stable_sort(
        stores.begin(), stores.end(),
        [](const StoreSamples& a, const StoreSamples& b) { return a.users < b.users; });
    std::cout << storage_table(stores);
}

int run(int argc, char** argv) {
    Settings settings;
    CLI::App program(
        "Measures roster's stores beside the disk, beside Boost.JSON, and beside one another.");
    program.add_option("--users", settings.users, "Users in the stores")
        ->delimiter(',')
        ->check(CLI::Range(20, 50'000'000))
        ->capture_default_str();
    program.add_option("--stores", settings.stores, "What is measured: json, sqlite")
        ->delimiter(',')
        ->check(CLI::IsMember({"json", "sqlite"}))
        ->capture_default_str();
    program.add_option("--rounds", settings.rounds, "How often everything is measured")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    program
        .add_option("--dir", settings.directory,
                    "Where the stores are made, on the disk to measure")
        ->check(CLI::ExistingDirectory)
        ->capture_default_str();
    CLI11_PARSE(program, argc, argv);
    std::sort(settings.users.begin(), settings.users.end());
    measure(settings);
    return 0;
}

}  // namespace
}  // namespace roster::bench

int main(int argc, char** argv) {
    try {
        return roster::bench::run(argc, argv);
    } catch (const std::exception& e) {
        std::cerr << "roster_storage_bench: " << e.what() << '\n';
        return 1;
    }
}
