#include "cli/commands/command.hpp"

#include "cli/config/settings.hpp"
#include "cli/io/process.hpp"
#include "cli/io/table.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <string>

namespace roster::cli {
namespace {

// Names the variable of each setting, so that the help says all three ways to set it.
class HelpFormatter final : public CLI::Formatter {
  public:
    HelpFormatter() { column_width(34); }

    std::string make_option_desc(const CLI::Option* option) const override {
        const std::string text = CLI::Formatter::make_option_desc(option);
        const std::string name = setting_name(*option);
        return name.empty() ? text : text + " [" + environment_name(name) + "]";
    }
};

// The sub-command, or the sub-command of a sub-command, that was named last.
const CLI::App& innermost(const CLI::App& app) {
    const auto parsed = app.get_subcommands();
    return parsed.empty() ? app : innermost(*parsed.front());
}

std::string full_name(const CLI::App& app) {
    const CLI::App* parent = app.get_parent();
    return parent == nullptr ? app.get_name() : full_name(*parent) + " " + app.get_name();
}

int print_error(const std::string& text, ExitCode code) {
    // Whatever it quotes, it is one line, and harmless.
    std::cerr << "roster: " << shown(text) << std::endl;
    return static_cast<int>(code);
}

int complain_about_usage(const CLI::App& program, const std::string& text) {
    const int code = print_error(text, ExitCode::usage);
    std::cerr << "Try '" << full_name(innermost(program)) << " --help'." << std::endl;
    return code;
}

int run_command(CLI::App& program, const Command& command) {
    // Whatever it does, a password, a hash or a token may pass through its memory.
    forbid_core_dumps();
    try {
        complete_options(program, *command.app, process_environment);
        return static_cast<int>(command.run());
    } catch (const UsageError& error) {
        return complain_about_usage(program, error.what());
    } catch (const Refused& refusal) {
        return print_error(refusal.what(), refusal.code());
    } catch (const StartupError& error) {
        return print_error(error.what(), exit_code(error.code()));
    } catch (const std::exception& error) {
        return print_error(error.what(), ExitCode::failed);
    }
}

}  // namespace

std::unique_ptr<CLI::App> make_program() {
    auto program =
        std::make_unique<CLI::App>("Keeps user accounts in a file one can read.", "roster");
    program->set_version_flag("--version", "roster " ROSTER_VERSION);
    program->formatter(std::make_shared<HelpFormatter>());
    program->footer(
        "A setting can also be given by the variable that its help names in brackets, or in a\n"
        "TOML file by --config FILE; the command line wins over the environment, and that over\n"
        "the file. Every other option is read from the command line alone.\n\n"
        "Examples:\n"
        "  roster user add --role admin a@a.com   make the first administrator\n"
        "  roster serve                           serve users.json in this directory\n"
        "  roster serve --help                    all options of the server");
    return program;
}

int run_program(CLI::App& program, const std::vector<Command>& commands, int argc,
                const char* const* argv) {
    try {
        program.parse(argc, argv);
    } catch (const CLI::Success& wish) {
        program.exit(wish);
        return static_cast<int>(ExitCode::ok);
    } catch (const CLI::ParseError& error) {
        return complain_about_usage(program, error.what());
    }
    for (const Command& command : commands)
        if (command.app->parsed()) return run_command(program, command);
    std::cerr << program.help();
    return static_cast<int>(ExitCode::usage);
}

}  // namespace roster::cli
