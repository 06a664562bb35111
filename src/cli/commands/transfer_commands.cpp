#include "cli/admin/admin_api.hpp"
#include "cli/admin/server_access.hpp"
#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/command_settings.hpp"
#include "cli/config/options.hpp"
#include "cli/io/replaced_file.hpp"
#include "cli/io/standard_error.hpp"
#include "cli/io/user_format.hpp"
#include "core/files/private_directory.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "storage/core/store_files.hpp"
#include "storage/drivers.hpp"
#include "storage/transfer/store_transfer.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace roster::cli {
namespace {

using storage::TransferOptions;
using storage::Transferred;

// From where, to where: stores as URLs, a backup as a file.
struct TransferArguments {
    std::string from;
    std::string to;
    bool replace = false;
    bool keep_sessions = false;
    AuditSettings audit;
    /// Of a backup.
    std::string server;
    std::vector<ServerSetting> given;
};

// Runs a transfer with progress on standard error. `occupied` completes the message for a target
// that would have to be replaced.
Transferred run_transfer(TransferOptions options, const std::string& occupied,
                         const std::function<Transferred(const TransferOptions&)>& transfer) {
    Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1);
    options.open.log = make_log("info");
    options.open.hash_password = hash_with(passwords::HashCost());
    options.tell = [&](std::string_view what, std::uint64_t done, std::uint64_t total) {
        progress.show(what, done, total);
    };
    try {
        return transfer(options);
    } catch (const storage::TargetOccupied& error) {
        throw Refused(ExitCode::conflict, error.what() + occupied);
    }
}

// The same with a line in the audit log of the new store, which is opened before anything changes.
Transferred run_audited(const TransferArguments& arguments, const char* action,
                        const std::string& occupied,
                        const std::function<Transferred(const TransferOptions&)>& transfer) {
    std::unique_ptr<AuditLog> audit;
    TransferOptions options;
    options.replace = arguments.replace;
    options.before_placing = [&] {
        audit = open_audit(arguments.audit, arguments.to, make_log("warn"));
    };
    Transferred done = run_transfer(std::move(options), occupied, transfer);
    AuditEvent event;
    event.actor = "operator";
    event.action = action;
    event.target = "store " + arguments.from;
    event.outcome = "ok";
    event.count = done.totals.users;
    audit->record(std::move(event));
    return done;
}

std::string totals_of(const Transferred& done) {
    return counted(done.totals.users, "user") + " and " + counted(done.totals.sessions, "session");
}

void note(const std::string& text) {
    std::cerr << "note: " << text << std::endl;
}

void note_lost_members(const Transferred& done) {
    if (done.users_with_lost_members > 0)
        note("members that roster does not know, of " +
             counted(done.users_with_lost_members, "user") +
             ", were left out; a database has no place for them");
    if (done.has_lost_file_members)
        note("members that roster does not know, of the users file itself, were left out");
}

// Backup and restore take the same two arguments in opposite order.
void check_order(const std::string& store, const std::string& file, const std::string& usage) {
    if (storage::is_store_url(file))
        throw UsageError("'" + printable(file) + "' is a store where a file is expected; it is " +
                         usage);
    if (!storage::is_store_url(store))
        throw UsageError("'" + printable(store) +
                         "' is not a store (json:PATH, sqlite:PATH or postgres://…); it is " +
                         usage);
}

ExitCode copy(const TransferArguments& arguments) {
    const Transferred done =
        run_audited(arguments, "copy", "; --replace replaces it with the copy",
                    [&](const TransferOptions& options) {
                        return storage::copy_store(arguments.from, arguments.to, options);
                    });
    std::cout << "copied " << totals_of(done) << " to " << printable(done.url) << " (revision "
              << done.totals.revision << "), and compared both" << std::endl;
    note_lost_members(done);
    return ExitCode::ok;
}

// A backup that a server sends, saved as a backup of its own beside the file that it becomes, where
// it needs no more space than a local one.
Transferred fetch_backup(const std::string& server, const std::string& file,
                         const TransferOptions& options) {
    std::error_code ec;
    if (!options.replace && std::filesystem::exists(file, ec))
        throw storage::TargetOccupied(std::filesystem::absolute(file).string() +
                                      ": already exists");
    const std::string real = storage::real_path_of(*make_posix_file_system(), file);
    const auto admin = open_server_admin(server);
    const PrivateDirectory directory(real + ".fetched-");
    const std::string path = directory.file("backup");
    ReplacedFile saved(path);
    constexpr std::string_view kSqlite = "SQLite format 3";
    std::string begin;
    admin->back_up([&](std::string_view part) {
        // A part may be a few bytes.
        begin += part.substr(0, kSqlite.size() - begin.size());
        saved.append(part);
    });
    saved.commit();
    return storage::back_up_store((begin == kSqlite ? "sqlite:" : "json:") + path, file, options);
}

// Two arguments are a store and a file, one is the file of a server's backup.
ExitCode back_up(const TransferArguments& arguments) {
    constexpr const char* kUsage = "roster backup STORE FILE";
    const bool is_of_server = arguments.to.empty();
    const bool is_server_given = std::any_of(
        arguments.given.begin(), arguments.given.end(),
        [](const ServerSetting& one) { return one.name == "server" && one.source == "flag"; });
    if (is_of_server ? arguments.server.empty() : is_server_given)
        throw UsageError(std::string("it is ") + kUsage + ", or roster backup --server URL FILE");
    const std::string& file = is_of_server ? arguments.from : arguments.to;
    if (!is_of_server) check_order(arguments.from, file, kUsage);
    TransferOptions transfer;
    transfer.replace = arguments.replace;
    const Transferred done = run_transfer(
        std::move(transfer), "; --replace replaces it when the new backup is whole",
        [&](const TransferOptions& options) {
            return is_of_server ? fetch_backup(arguments.server, file, options)
                                : storage::back_up_store(arguments.from, file, options);
        });
    std::cout << "saved " << totals_of(done) << " to " << printable(file) << " ("
              << counted(done.bytes, "byte") << ", revision " << done.totals.revision << ", as of "
              << to_rfc3339(done.at) << ")" << std::endl;
    return ExitCode::ok;
}

ExitCode restore(const TransferArguments& arguments) {
    check_order(arguments.to, arguments.from, "roster restore FILE STORE");
    const Transferred done = run_audited(
        arguments, "restore", "; --replace replaces it, and keeps it under another name",
        [&](const TransferOptions& options) {
            return storage::restore_store(arguments.from, arguments.to, arguments.keep_sessions,
                                          options);
        });
    std::cout << "restored " << totals_of(done) << " from " << printable(arguments.from) << " to "
              << printable(done.url) << " (revision " << done.totals.revision << ")" << std::endl;
    if (!done.kept.empty())
        std::cout << "the store that was there is kept as " << printable(done.kept) << std::endl;
    if (done.dropped_sessions > 0)
        note(counted(done.dropped_sessions, "session") +
             " of the backup were left out; users have to log in again");
    if (done.old_was_unreadable)
        note(
            "the store that was there could not be read; ids that it gave after the backup may be "
            "given again");
    note_lost_members(done);
    return ExitCode::ok;
}

void add_copy(CLI::App& program, Commands& commands) {
    auto [app, arguments] =
        add_command(program, commands, "copy",
                    "Copy a store that no server has open to another one, of any kind", copy);
    add_argument(app, "FROM", arguments.from, "The store to be copied, as a URL");
    add_argument(app, "TO", arguments.to, "Where to, as a URL");
    app.add_flag("--replace", arguments.replace,
                 "Replace a store that is not empty; without it that is refused");
    add_store_password_file(app);
    add_audit(app, arguments.audit);
    add_config(app);
    app.footer(
        "Users with their ids, hashes and revisions, and sessions: users stay logged in. The copy\n"
        "is made beside TO, read again, compared, and only then put in its place: until then TO\n"
        "is what it was, whatever happens.\n\n"
        "Exit codes: 0 done. 4: TO is not empty. 5: a store is in use, damaged, or cannot be read\n"
        "or written.\n\n"
        "Examples:\n"
        "  roster copy json:users.json sqlite:roster.db\n"
        "  roster copy sqlite:roster.db json:users.json --replace");
}

void add_backup(CLI::App& program, Commands& commands) {
    auto [app, arguments] =
        add_command(program, commands, "backup",
                    "Save a store to a file, also while a server has it open", back_up);
    add_argument(app, "STORE", arguments.from, "The store, as a URL; none with --server");
    refuse_empty(app.add_option("FILE", arguments.to,
                                "Where to; of a JSON store the sessions go to FILE.sessions")
                     ->type_name(""));
    app.add_flag("--replace", arguments.replace, "Replace an older backup");
    add_store_password_file(app);
    add_server_url(app, arguments.server,
                   "Save the store of the server there, as the user of 'roster login' or "
                   "ROSTER_TOKEN");
    add_config(app);
    commands.back().settings = &arguments.given;
    app.footer(
        "The backup is the store as it was at one moment. The file gets its name after it was\n"
        "read again and is whole, and only its owner can read it. It is a store itself:\n"
        "roster check json:FILE (or sqlite:FILE) checks it. A server sends no sessions of a JSON\n"
        "store.\n\n"
        "Exit codes: 0 done. 4: FILE exists. 5: the store cannot be read, or FILE not be\n"
        "written.\n\n"
        "Examples:\n"
        "  roster backup sqlite:roster.db /backup/roster-$(date +%F).db\n"
        "  roster backup json:users.json /backup/users.json --replace\n"
        "  roster backup --server http://127.0.0.1:8081 /backup/users.json");
}

void add_restore(CLI::App& program, Commands& commands) {
    auto [app, arguments] =
        add_command(program, commands, "restore",
                    "Restore a store from a backup, while no server has it open", restore);
    add_argument(app, "FILE", arguments.from, "The backup, of whatever kind of store");
    add_argument(app, "STORE", arguments.to, "The store to be restored, as a URL");
    app.add_flag("--replace", arguments.replace,
                 "If STORE is not empty: keep it under another name");
    app.add_flag("--keep-sessions", arguments.keep_sessions,
                 "Restore the sessions of that time too, also those that have ended since");
    add_store_password_file(app);
    add_audit(app, arguments.audit);
    add_config(app);
    app.footer(
        "The backup is checked first. Until the restored store is whole, STORE is what it was,\n"
        "whatever happens. Ids that STORE has given since the backup are not given again.\n\n"
        "Exit codes: 0 done. 4: STORE is not empty. 5: STORE is in use, the backup is damaged, or\n"
        "something cannot be read or written.\n\n"
        "Example:\n"
        "  roster restore /backup/roster.db sqlite:roster.db --replace");
}

}  // namespace

void add_transfer_commands(CLI::App& program, Commands& commands) {
    add_copy(program, commands);
    add_backup(program, commands);
    add_restore(program, commands);
}

}  // namespace roster::cli
