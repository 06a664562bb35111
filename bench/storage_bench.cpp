// Measures the JSON store at several sizes and prints one table. bench/run says how to use it.

#include "bench/storage/child.hpp"
#include "bench/storage/commits.hpp"
#include "bench/storage/example_book.hpp"
#include "bench/storage/load.hpp"
#include "bench/storage/machine.hpp"
#include "bench/storage/served_book.hpp"
#include "bench/storage/storage_table.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace roster::bench {
namespace {

namespace fs = std::filesystem;

struct Settings {
    std::vector<std::uint64_t> users{1000, 100'000, 1'000'000};
    int rounds = 3;
    std::string directory = ".";
};

/// A directory of its own, removed with all that is in it.
class TemporaryDirectory {
  public:
    explicit TemporaryDirectory(const std::string& parent)
        : path_((fs::absolute(parent) / "roster-bench-XXXXXX").string()) {
        if (mkdtemp(path_.data()) == nullptr)
            throw std::system_error(errno, std::generic_category(), path_);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    const std::string& path() const noexcept { return path_; }

  private:
    std::string path_;
};

// The next turn shall find a book and nothing to bring it up to date with.
void leave_only_the_book(const BookPlace& place) {
    for (const auto& entry : fs::directory_iterator(place.directory))
        if (entry.path() != place.book()) fs::remove(entry.path());
}

std::unique_ptr<Store> open_book(const BookPlace& place) {
    return open_store("json:" + place.book(), OpenOptions());
}

// Stores are not closed: that would write a last snapshot, which is not measured.
void measure_served(const BookPlace& place, const BookPlace& smallest, Samples& samples) {
    Store& store = *measure_load(place.book(), place.users, samples).release();
    measure_snapshot(store, place, samples);
    measure_commits(store, place, samples);
    if (place.users > smallest.users)
        measure_growth(store, place, *open_book(smallest).release(), smallest, samples);
}

Samples measure_round(const BookPlace& place, const BookPlace& smallest) {
    Samples round = run_in_child([&](Samples& samples) { measure_parse(place.book(), samples); });
    round.add(run_in_child([&](Samples& samples) { measure_served(place, smallest, samples); }));
    round.add("load_to_parse", round.median("load_ms").value() / round.median("parse_ms").value());
    leave_only_the_book(place);
    leave_only_the_book(smallest);
    return round;
}

Samples measure_showing_alone(const BookPlace& place) {
    return run_in_child([&](Samples& samples) {
        const auto store = open_book(place);
        measure_showing(*store, place, samples);
    });
}

SizeSamples measure_size(int rounds, const BookPlace& place, const BookPlace& smallest) {
    SizeSamples size{place.users, {}};
    for (int round = 1; round <= rounds; ++round) {
        std::cerr << fmt::format("{} users, round {} of {}\n", place.users, round, rounds);
        size.samples.add(measure_round(place, smallest));
    }
    return size;
}

void measure(const Settings& settings) {
    std::cout << describe_machine(settings.directory)
              << fmt::format(
                     "users        {} bytes of hash, {} of e-mail; plain loop: {} bytes a time\n\n",
                     kHashBytes, kEmailBytes, PlainLoop::kRecordBytes)
              << std::flush;
    const TemporaryDirectory first(settings.directory);
    const BookPlace smallest{first.path(), settings.users.front()};
    write_example_book(smallest.book(), smallest.users);
    std::vector<SizeSamples> sizes{measure_size(settings.rounds, smallest, smallest)};
    sizes.front().samples.add(measure_showing_alone(smallest));
    write_example_book(smallest.book(), smallest.users);
    for (std::size_t i = 1; i < settings.users.size(); ++i) {
        const TemporaryDirectory directory(settings.directory);
        const BookPlace place{directory.path(), settings.users[i]};
        write_example_book(place.book(), place.users);
        sizes.push_back(measure_size(settings.rounds, place, smallest));
    }
    std::cout << storage_table(sizes);
}

int run(int argc, char** argv) {
    Settings settings;
    CLI::App program("Measures roster's JSON store beside the disk and beside Boost.JSON.");
    program.add_option("--users", settings.users, "Sizes of the books")
        ->delimiter(',')
        ->check(CLI::Range(20, 50'000'000))
        ->capture_default_str();
    program.add_option("--rounds", settings.rounds, "How often everything is measured")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    program
        .add_option("--dir", settings.directory, "Where the books are made, on the disk to measure")
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
