#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/options.hpp"
#include "cli/io/user_format.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "storage/drivers.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <string>

namespace roster::cli {
namespace {

using Direction = storage::MigrationGoal::Direction;

// An argument, or else the setting that other commands have.
struct StorePlace {
    std::string argument;
    std::string store = "json:users.json";

    const std::string& url() const noexcept { return argument.empty() ? store : argument; }
};

struct CheckOptions {
    StorePlace place;
};

struct RepairOptions {
    StorePlace place;
    bool yes = false;
};

struct MigrateOptions {
    std::string store = "json:users.json";
    Direction direction = Direction::up;
    std::optional<unsigned> to;
};

ExitCode check(const CheckOptions& options) {
    const std::string& url = options.place.url();
    const storage::StoreReport report = storage::check_store(url);
    for (const storage::Finding& finding : report.findings) {
        const bool is_damage = finding.kind == storage::Finding::Kind::damage;
        std::cout << (is_damage ? "damaged: " : "note: ") << finding.text << "\n";
    }
    if (report.is_sound()) {
        std::cout << "sound: " << counted(report.users, "user") << std::endl;
        return ExitCode::ok;
    }
    std::cout << "a server would not start with this store; `roster repair " << masked_url(url)
              << "` says what can be done" << std::endl;
    return ExitCode::store;
}

ExitCode repair(const RepairOptions& options) {
    const auto plan = storage::plan_repair(options.place.url());
    for (const std::string& step : plan->steps())
        std::cout << step << "\n";
    if (plan->steps().empty()) {
        std::cout << "nothing to repair" << std::endl;
        return ExitCode::ok;
    }
    if (!options.yes) {
        std::cout << "nothing was changed; --yes does it" << std::endl;
        return ExitCode::store;
    }
    plan->carry_out();
    std::cout << "done" << std::endl;
    return ExitCode::ok;
}

ExitCode tell_no_versions() {
    std::cout << "nothing to migrate: this kind of store has no versions" << std::endl;
    return ExitCode::ok;
}

// Exit code 5 if a server of this program would refuse the store.
ExitCode migration_status(const MigrateOptions& options) {
    const auto versions = storage::schema_of(options.store);
    if (versions.empty()) return tell_no_versions();
    bool is_mine = true;
    for (const storage::SchemaVersion& version : versions) {
        std::cout << version.name << "  "
                  << (version.applied_at ? "applied " + to_rfc3339(*version.applied_at)
                                         : "not applied");
        if (!version.problem.empty()) std::cout << "  " << version.problem;
        std::cout << "\n";
        is_mine = is_mine && version.problem.empty();
    }
    std::cout << std::flush;
    return is_mine ? ExitCode::ok : ExitCode::store;
}

ExitCode migrate(const MigrateOptions& options) {
    if (storage::schema_of(options.store).empty()) return tell_no_versions();
    storage::MigrationGoal goal;
    goal.direction = options.direction;
    goal.to = options.to;
    const auto done = storage::migrate_store(options.store, goal);
    for (const std::string& text : done)
        std::cout << text << "\n";
    if (done.empty()) std::cout << "nothing to do\n";
    std::cout << std::flush;
    if (options.direction == Direction::down && !done.empty())
        std::cerr << "note: what the older version has no place for is in the copy alone"
                  << std::endl;
    return ExitCode::ok;
}

void add_place(CLI::App& app, StorePlace& place) {
    refuse_empty(app.add_option("URL", place.argument, "The store; without it that of --store")
                     ->type_name(""));
    add_store(app, place.store);
}

void add_check(CLI::App& program, Commands& commands) {
    auto [app, options] =
        add_command(program, commands, "check", "Check a store, without changing anything", check);
    add_place(app, options.place);
    add_config(app);
    app.footer(
        "Exit code 0: a server starts with it. 5: it is damaged; every place is shown.\n"
        "Works beside a running server.\n\n"
        "Examples:\n"
        "  roster check json:users.json\n"
        "  roster check sqlite:roster.db");
}

void add_repair(CLI::App& program, Commands& commands) {
    auto [app, options] =
        add_command(program, commands, "repair",
                    "Show what can be recovered of a damaged store; do it", repair);
    add_place(app, options.place);
    app.add_flag("--yes", options.yes, "Do it; the damaged files are kept beside the store");
    add_config(app);
    app.footer(
        "Without --yes nothing is changed, and the exit code is 5 if there is something to do.\n"
        "For a damaged database it says what to do instead.\n\n"
        "Examples:\n"
        "  roster repair json:users.json\n"
        "  roster repair json:users.json --yes");
}

void add_migration_status(CLI::App& group, Commands& commands) {
    auto [app, options] =
        add_command(group, commands, "status", "Show which versions are applied", migration_status);
    add_store(app, options.store);
    add_config(app);
    app.footer("Example:\n  roster migrate status --store sqlite:roster.db");
}

void add_migration(CLI::App& group, Commands& commands, const char* name, const char* text,
                   Direction direction) {
    auto [app, options] = add_command(group, commands, name, text, migrate);
    options.direction = direction;
    add_store(app, options.store);
    app.add_option("--to", options.to, "The version to end at")
        ->type_name("N")
        ->check(CLI::Range(1, 9999));
    add_config(app);
    app.footer(
        "A copy of a database of SQLite is made first, beside it. Version 1 is the first: nothing\n"
        "goes further back.\n\nExample:\n  roster migrate " +
        std::string(name) + " --to 1 --store sqlite:roster.db");
}

}  // namespace

void add_store_commands(CLI::App& program, Commands& commands) {
    add_check(program, commands);
    add_repair(program, commands);
    CLI::App* group = program.add_subcommand(
        "migrate", "Show and change the version of a store's schema, while no server has it open");
    group->footer(
        "A server migrates a store in SQLite to its own version when it starts, and one in\n"
        "PostgreSQL only if the database is empty. This shows the versions, applies what is\n"
        "missing, and goes back to the version of an older roster.\n\n"
        "Example:\n  roster migrate status --store sqlite:roster.db");
    add_migration_status(*group, commands);
    add_migration(*group, commands, "up", "Apply what is missing", Direction::up);
    add_migration(*group, commands, "down", "Revert the last version", Direction::down);
}

}  // namespace roster::cli
