#include "cli/commands/migrate.hpp"

#include "cli/config/options.hpp"
#include "core/time.hpp"
#include "storage/drivers.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <string>

namespace roster::cli {
namespace {

struct MigrateOptions {
    std::string store = "json:users.json";
    std::optional<unsigned> to;
};

ExitCode say_that_there_is_nothing() {
    std::cout << "nothing to migrate: this kind of store has no versions" << std::endl;
    return ExitCode::ok;
}

// Exit code 5 where a server of this program would refuse the store.
ExitCode status(const MigrateOptions& options) {
    const auto versions = storage::schema_of(options.store);
    if (versions.empty()) return say_that_there_is_nothing();
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

ExitCode migrate(const MigrateOptions& options, storage::MigrationGoal::Direction direction) {
    if (storage::schema_of(options.store).empty()) return say_that_there_is_nothing();
    storage::MigrationGoal goal;
    goal.direction = direction;
    goal.to = options.to;
    const auto done = storage::migrate_store(options.store, goal);
    for (const std::string& text : done)
        std::cout << text << "\n";
    if (done.empty()) std::cout << "nothing to do\n";
    std::cout << std::flush;
    return ExitCode::ok;
}

Command add_status(CLI::App& group) {
    CLI::App* command = group.add_subcommand("status", "Show which versions are applied");
    const auto options = std::make_shared<MigrateOptions>();
    add_store(*command, options->store);
    add_config(*command);
    command->footer("Example:\n  roster migrate status --store sqlite:roster.db");
    return Command(*command, [options] { return status(*options); });
}

Command add_direction(CLI::App& group, const std::string& name, const std::string& text,
                      storage::MigrationGoal::Direction direction) {
    CLI::App* command = group.add_subcommand(name, text);
    const auto options = std::make_shared<MigrateOptions>();
    add_store(*command, options->store);
    command->add_option("--to", options->to, "The version to end at")
        ->type_name("N")
        ->check(CLI::Range(1, 9999));
    add_config(*command);
    command->footer(
        "A copy of the database is made first, beside it.\n\nExample:\n  roster migrate " + name +
        " --to 1 --store sqlite:roster.db");
    return Command(*command, [options, direction] { return migrate(*options, direction); });
}

}  // namespace

void add_migrate_commands(CLI::App& program, std::vector<Command>& commands) {
    using Direction = storage::MigrationGoal::Direction;
    CLI::App* group = program.add_subcommand(
        "migrate", "Show and change the version of a store's schema, while nobody serves it");
    group->footer(
        "A server brings its store to its own version when it starts; this is for going back to an "
        "older roster, and for looking.");
    commands.push_back(add_status(*group));
    commands.push_back(add_direction(*group, "up", "Apply what is missing", Direction::up));
    commands.push_back(
        add_direction(*group, "down", "Take back the last version", Direction::down));
}

}  // namespace roster::cli
