#include "cli/commands/store_commands.hpp"

#include "cli/config/options.hpp"
#include "storage/drivers.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace roster::cli {
namespace {

struct RepairOptions {
    std::string store;
    bool yes = false;
};

void add_url(CLI::App& command, std::string& url) {
    command.add_option("URL", url, "The store, as json:PATH or sqlite:PATH")
        ->required()
        ->type_name("");
}

ExitCode check(const std::string& url) {
    const storage::StoreReport report = storage::check_store(url);
    for (const storage::Finding& finding : report.findings) {
        const bool is_damage = finding.kind == storage::Finding::Kind::damage;
        std::cout << (is_damage ? "damaged: " : "note: ") << finding.text << "\n";
    }
    if (report.is_sound()) {
        std::cout << "sound: " << report.users << (report.users == 1 ? " user" : " users")
                  << std::endl;
        return ExitCode::ok;
    }
    std::cout << "a server would not start with this store; `roster repair " << url
              << "` says what can be done" << std::endl;
    return ExitCode::store;
}

ExitCode repair(const RepairOptions& options) {
    const auto plan = storage::plan_repair(options.store);
    for (const std::string& step : plan->steps())
        std::cout << step << "\n";
    if (plan->steps().empty()) {
        std::cout << "nothing to repair" << std::endl;
        return ExitCode::ok;
    }
    if (!options.yes) {
        std::cout << "nothing was changed; with --yes it is done" << std::endl;
        return ExitCode::store;
    }
    plan->carry_out();
    std::cout << "done" << std::endl;
    return ExitCode::ok;
}

}  // namespace

Command add_check(CLI::App& program) {
    CLI::App* command =
        program.add_subcommand("check", "Look a store over, without changing anything");
    const auto url = std::make_shared<std::string>();
    add_url(*command, *url);
    add_config(*command);
    command->footer(
        "Exit code 0: a server starts with it. 5: it is damaged; every place is shown.\n\n"
        "Example:\n"
        "  roster check json:users.json\n"
        "  roster check sqlite:roster.db");
    return Command(*command, [url] { return check(*url); });
}

Command add_repair(CLI::App& program) {
    CLI::App* command =
        program.add_subcommand("repair", "Show what can be saved of a damaged store, and save it");
    const auto options = std::make_shared<RepairOptions>();
    add_url(*command, options->store);
    command->add_flag("--yes", options->yes, "Do it; the damaged files stay beside");
    add_config(*command);
    command->footer(
        "Without --yes nothing is changed, and the exit code is 5 if there is something to do. For "
        "a "
        "damaged database it says what to do instead.\n\n"
        "Examples:\n"
        "  roster repair json:users.json\n"
        "  roster repair json:users.json --yes");
    return Command(*command, [options] { return repair(*options); });
}

}  // namespace roster::cli
