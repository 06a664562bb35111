#include "bench/storage/storage_table.hpp"

#include "bench/storage/table.hpp"

#include <optional>
#include <utility>

namespace roster::bench {
namespace {

enum class Of { median, largest };

struct Measure {
    const char* name;
    const char* samples;
    Of of = Of::median;
    int decimals = 0;
    const char* unit = "";
    Target target = {};
};

using Kind = Target::Kind;

constexpr std::uint64_t kMillion = 1'000'000;

constexpr Measure kMeasures[] = {
    {"plain append+fdatasync, a second", "plain_per_second"},
    {"commits a second, 1 writer", "one_per_second"},
    {"commits a second, 64 writers", "many_per_second"},
    {"  to the plain loop", "many_to_plain", Of::median, 1, "x", {Kind::at_least, 10}},
    {"  to one writer, in turns", "many_to_one", Of::median, 1, "x", {Kind::at_least, 10}},
    {"plain append+fdatasync, median ms", "plain_median_ms", Of::median, 2},
    {"plain append+fdatasync, p99 ms", "plain_p99_ms", Of::median, 2},
    {"commit, 1 writer, median ms", "one_median_ms", Of::median, 2},
    {"commit, 1 writer, p99 ms", "one_p99_ms", Of::median, 2},
    {"  median to the plain loop", "one_to_plain", Of::median, 2, "x", {Kind::at_most, 1.5}},
    {"  median to that of the smallest store, in turns",
     "growth",
     Of::median,
     2,
     "x",
     {Kind::at_most, 1.2, kMillion}},
    {"finds a second, 1 asker", "reads_one_per_second"},
    {"finds a second, 64 askers on one thread", "reads_many_per_second"},
    {"open, ms", "load_ms"},
    {"open after a kill, ms", "reopen_ms"},
    {"Boost.JSON's parse of the same file, ms", "parse_ms"},
    {"  open to parse", "load_to_parse", Of::median, 2, "x", {Kind::at_most, 3, kMillion}},
    {"resident bytes a user", "bytes_per_user", Of::median, 0, "", {Kind::at_most, 500, kMillion}},
    {"bytes on disk a user", "file_bytes_per_user"},
    {"first commit until users.json is written, ms", "snapshot_ms"},
    {"commit meanwhile, 1 writer, median ms", "meanwhile_median_ms", Of::median, 2},
    {"commit meanwhile, 1 writer, p99 ms", "meanwhile_p99_ms", Of::median, 2},
    {"reader's longest pause, nothing else, ms", "pause_control_ms", Of::median, 1},
    {"  less waiting for a core", "pause_control_own_ms", Of::median, 1},
    {"reader's longest pause, beside commits, ms", "pause_commits_ms", Of::median, 1},
    {"  less waiting for a core", "pause_commits_own_ms", Of::median, 1},
    {"reader's longest pause, and during a snapshot, ms", "pause_snapshot_ms", Of::median, 1},
    {"  less waiting for a core",
     "pause_snapshot_own_ms",
     Of::median,
     1,
     "",
     {Kind::at_most, 10, kMillion}},
    {"users.json shows a change after, median ms",
     "shown_ms",
     Of::median,
     0,
     "",
     {Kind::at_most, 100}},
    {"users.json shows a change after, longest ms", "shown_ms", Of::largest, 0},
};

std::optional<double> value_of(const Measure& measure, const StoreSamples& store) {
    return measure.of == Of::median ? store.samples.median(measure.samples)
                                    : store.samples.largest(measure.samples);
}

}  // namespace

std::string storage_table(const std::vector<StoreSamples>& stores) {
    std::vector<Column> columns;
    for (const StoreSamples& store : stores)
        columns.push_back({store.kind == StoreKind::json ? "json" : "sqlite", store.users});
    std::vector<Row> rows;
    for (const Measure& measure : kMeasures) {
        Row row{measure.name, measure.decimals, measure.unit, measure.target, {}};
        for (const StoreSamples& store : stores)
            row.values.push_back(value_of(measure, store));
        rows.push_back(std::move(row));
    }
    return format_table(columns, rows);
}

}  // namespace roster::bench
