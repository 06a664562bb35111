#include "cli/commands/commands.hpp"

#include "cli/config/settings.hpp"
#include "cli/io/listing.hpp"
#include "core/text.hpp"

#include <CLI/CLI.hpp>

#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <set>
#include <string>
#include <vector>

// The leak sanitizer traces its own process, which an undumpable one forbids.
#if defined(__SANITIZE_ADDRESS__)
#define ROSTER_IS_TRACED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ROSTER_IS_TRACED 1
#endif
#endif

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

// Its value is not repeated: that may be a password.
std::string why_unexpected(const CLI::App& program) {
    const std::vector<std::string> given = program.remaining(true);
    const auto option = std::find_if(given.begin(), given.end(), [](const std::string& argument) {
        return argument.starts_with('-');
    });
    if (option == given.end())
        return given.empty() ? "an argument was not expected"
                             : "the argument '" + printable(given.front()) + "' was not expected";
    const std::string name = option->substr(0, option->find('='));
    std::set<std::string> of_this_call;
    std::set<std::string> known;
    for (const CLI::Option* one : innermost(program).get_options())
        for (const std::string& other : one->get_lnames()) {
            known.insert("--" + other);
            if (setting_name(*one).empty()) of_this_call.insert("--" + other);
        }
    const std::string what = "the option " + printable(name) + " is not known here";
    if (known.contains(name)) return what + "; write it after the command";
    std::string meant = meant_by(name, of_this_call);
    if (!meant.starts_with(name)) meant = meant_by(name, known);
    return what + (meant.empty() ? std::string() : "; is " + meant + " meant?");
}

int print_error(const std::string& text, ExitCode code) {
    // One line without control characters, whatever it quotes.
    std::cerr << "roster: " << escape_for_terminal(text) << std::endl;
    return static_cast<int>(code);
}

// What a command says is part of what it does: a token, a report. The disk may be full.
int check_output(int code) {
    if (code != static_cast<int>(ExitCode::ok) || std::cout.flush()) return code;
    return print_error("standard output cannot be written", ExitCode::failed);
}

int print_usage_error(const CLI::App& program, const std::string& text) {
    const int code = print_error(text, ExitCode::usage);
    std::cerr << "Try '" << full_name(innermost(program)) << " --help'." << std::endl;
    return code;
}

// No core files: memory holds password hashes, and for moments passwords.
void forbid_core_dumps() noexcept {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
#if !defined(ROSTER_IS_TRACED)
    // The limit does not hold where the kernel pipes cores into a program.
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

// A write beyond the limit on the size of files fails like one on a full disk, instead of ending
// the program.
void survive_file_size_limits() noexcept {
    std::signal(SIGXFSZ, SIG_IGN);
}

int run_command(CLI::App& program, const Command& command) {
    forbid_core_dumps();
    survive_file_size_limits();
    try {
        auto settings = complete_options(program, *command.app, process_environment);
        for (const std::string& warning : misspelt_variables(program, process_variables()))
            std::cerr << "roster: " << warning << std::endl;
        if (command.settings != nullptr) *command.settings = std::move(settings);
        return static_cast<int>(command.run());
    } catch (const UsageError& error) {
        return print_usage_error(program, error.what());
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
    auto program = std::make_unique<CLI::App>("Keeps user accounts in a readable file.", "roster");
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

Commands add_commands(CLI::App& program) {
    Commands commands;
    add_audit_commands(program, commands);
    add_client_command(program, commands);
    add_config_command(program, commands);
    add_export_command(program, commands);
    add_forward_auth_commands(program, commands);
    add_hash_commands(program, commands);
    add_healthcheck_command(program, commands);
    add_import_command(program, commands);
    add_limit_commands(program, commands);
    add_login_commands(program, commands);
    add_serve_command(program, commands);
    add_session_commands(program, commands);
    add_store_commands(program, commands);
    add_transfer_commands(program, commands);
    CLI::App* user = program.add_subcommand("user", "Manage accounts");
    user->footer(
        "USER is an e-mail address, a username or an id. Exit codes: 0 ok, 1 failed, 2 usage,\n"
        "3 not found, 4 conflict (the e-mail is taken, or it is the last administrator), 5 store.\n"
        "With --server they change the accounts of a running server, after 'roster login'.\n\n"
        "Examples:\n"
        "  roster user add --role admin a@a.com\n"
        "  roster user list --role admin\n"
        "  roster user disable b@b.com");
    add_user_reading_commands(*user, commands);
    add_user_changing_commands(*user, commands);
    add_user_link(*user, commands);
    return commands;
}

int run_program(CLI::App& program, const Commands& commands, int argc, const char* const* argv) {
    try {
        program.parse(argc, argv);
    } catch (const CLI::Success& wish) {
        program.exit(wish);
        return check_output(static_cast<int>(ExitCode::ok));
    } catch (const CLI::ExtrasError&) {
        return print_usage_error(program, why_unexpected(program));
    } catch (const CLI::ParseError& error) {
        return print_usage_error(program, error.what());
    }
    for (const Command& command : commands) {
        if (!command.app->parsed()) continue;
        const int code = run_command(program, command);
        // A server has nothing to say at its end.
        return command.app->get_name() == "serve" ? code : check_output(code);
    }
    std::cerr << program.help();
    return static_cast<int>(ExitCode::usage);
}

}  // namespace roster::cli
