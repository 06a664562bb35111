#include "cli/commands/backup_commands.hpp"

#include "cli/commands/transfer_audit.hpp"
#include "cli/config/options.hpp"
#include "cli/io/user_format.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "storage/drivers.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace roster::cli {
namespace {

struct BackupOptions {
    std::string store;
    std::string file;
    bool replace = false;
};

struct RestoreOptions {
    std::string file;
    std::string store;
    bool replace = false;
    bool keep_sessions = false;
    AuditSettings audit;
};

// The two commands take the same in opposite order: from where, to where.
void check_order(const std::string& store, const std::string& file, const std::string& usage) {
    if (storage::is_store_url(file))
        throw UsageError("'" + printable(file) + "' is a store where a file is expected; it is " +
                         usage);
    if (!storage::is_store_url(store))
        throw UsageError("'" + printable(store) +
                         "' names no store (json:PATH or sqlite:PATH); it is " + usage);
}

ExitCode back_up(const BackupOptions& options) {
    check_order(options.store, options.file, "roster backup STORE FILE");
    storage::TransferOptions transfer;
    transfer.replace = options.replace;
    const storage::Transferred done = run_transfer(
        std::move(transfer), "; --replace puts the new backup in its place when that is whole",
        [&](const storage::TransferOptions& asked) {
            return storage::back_up_store(options.store, options.file, asked);
        });
    std::cout << "saved " << counted(done.totals.users, "user") << " and "
              << counted(done.totals.sessions, "session") << " to " << printable(options.file)
              << " (" << counted(done.bytes, "byte") << ", revision " << done.totals.revision
              << ", as of " << to_rfc3339(done.at) << ")" << std::endl;
    return ExitCode::ok;
}

void tell_restored(const RestoreOptions& options, const storage::Transferred& done) {
    std::cout << "restored " << counted(done.totals.users, "user") << " and "
              << counted(done.totals.sessions, "session") << " from " << printable(options.file)
              << " to " << printable(done.url) << " (revision " << done.totals.revision << ")"
              << std::endl;
    if (!done.kept.empty())
        std::cout << "the store that was there is kept as " << printable(done.kept) << std::endl;
    if (done.dropped_sessions > 0)
        std::cerr << "note: " << counted(done.dropped_sessions, "session")
                  << " of the backup were left out; everybody has to log in again" << std::endl;
    if (done.old_was_unreadable)
        std::cerr << "note: the store that was there could not be read; ids that it gave after the "
                     "backup may be given again"
                  << std::endl;
    if (done.users_with_lost_members > 0 || done.has_lost_book_members)
        std::cerr << "note: members that roster does not know ("
                  << counted(done.users_with_lost_members, "user")
                  << (done.has_lost_book_members ? ", and the book itself" : "")
                  << ") have no place in a database, and were left out" << std::endl;
}

ExitCode restore(const RestoreOptions& options) {
    check_order(options.store, options.file, "roster restore FILE STORE");
    TransferAudit audit(options.audit, options.store);
    storage::TransferOptions transfer;
    transfer.replace = options.replace;
    transfer.before_placing = [&] { audit.open(); };
    const storage::Transferred done = run_transfer(
        std::move(transfer), "; with --replace it gives way, and is kept under another name",
        [&](const storage::TransferOptions& asked) {
            return storage::restore_store(options.file, options.store, options.keep_sessions,
                                          asked);
        });
    audit.record("restore", options.file, done.totals.users);
    tell_restored(options, done);
    return ExitCode::ok;
}

}  // namespace

Command add_backup(CLI::App& program) {
    CLI::App* command =
        program.add_subcommand("backup", "Save a store to a file, also while a server has it open");
    const auto options = std::make_shared<BackupOptions>();
    add_argument(*command, "STORE", options->store, "The store, as a URL");
    add_argument(*command, "FILE", options->file,
                 "Where to; of a JSON store the sessions go to FILE.sessions");
    command->add_flag("--replace", options->replace, "Replace an older backup");
    add_config(*command);
    command->footer(
        "What is saved is the store as it was at one moment. The file gets its name when it was\n"
        "read again and is whole, and only its owner can read it. It is a store itself:\n"
        "roster check json:FILE (or sqlite:FILE) looks it over.\n\n"
        "Exit codes: 0 it is there. 4: FILE is there already. 5: the store cannot be read, or "
        "FILE\n"
        "not be written.\n\n"
        "Examples:\n"
        "  roster backup sqlite:roster.db /backup/roster-$(date +%F).db\n"
        "  roster backup json:users.json /backup/users.json --replace");
    return Command(*command, [options] { return back_up(*options); });
}

Command add_restore(CLI::App& program) {
    CLI::App* command = program.add_subcommand(
        "restore", "Get a store back from a backup, while no server has it open");
    const auto options = std::make_shared<RestoreOptions>();
    add_argument(*command, "FILE", options->file, "The backup, of either kind of store");
    add_argument(*command, "STORE", options->store, "The store that is to have it, as a URL");
    command->add_flag("--replace", options->replace,
                      "Where STORE is not empty: keep it under another name");
    command->add_flag("--keep-sessions", options->keep_sessions,
                      "Let the log-ins of that time go on, also those that were ended since");
    add_audit(*command, options->audit);
    add_config(*command);
    command->footer(
        "The backup is checked first. Until the restored store is whole, STORE is what it was,\n"
        "whatever happens. Ids that STORE has given since the backup are not given again.\n\n"
        "Exit codes: 0 it is there. 4: STORE is not empty. 5: STORE is in use, the backup is "
        "damaged,\nor something cannot be read or written.\n\n"
        "Example:\n"
        "  roster restore /backup/roster.db sqlite:roster.db --replace");
    return Command(*command, [options] { return restore(*options); });
}

}  // namespace roster::cli
