#include "cli/commands/copy_command.hpp"

#include "cli/commands/transfer_audit.hpp"
#include "cli/config/options.hpp"
#include "cli/io/user_format.hpp"
#include "core/text.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace roster::cli {
namespace {

struct CopyOptions {
    std::string from;
    std::string to;
    bool replace = false;
    AuditSettings audit;
};

void tell_what_is_lost(const storage::Transferred& done) {
    if (done.users_with_lost_members > 0)
        std::cerr << "note: " << counted(done.users_with_lost_members, "user")
                  << " had members in the book that roster does not know; a database has no place "
                     "for them, and the copy does not have them"
                  << std::endl;
    if (done.has_lost_book_members)
        std::cerr << "note: the book itself had members that roster does not know; the copy does "
                     "not have them"
                  << std::endl;
}

ExitCode copy(const CopyOptions& options) {
    TransferAudit audit(options.audit, options.to);
    storage::TransferOptions transfer;
    transfer.replace = options.replace;
    transfer.before_placing = [&] { audit.open(); };
    const storage::Transferred done = run_transfer(
        std::move(transfer), "; --replace puts the copy in its place, and removes what is there",
        [&](const storage::TransferOptions& asked) {
            return storage::copy_store(options.from, options.to, asked);
        });
    audit.record("copy", options.from, done.totals.users);
    std::cout << "copied " << counted(done.totals.users, "user") << " and "
              << counted(done.totals.sessions, "session") << " to " << printable(done.url)
              << " (revision " << done.totals.revision << "), and compared both" << std::endl;
    tell_what_is_lost(done);
    return ExitCode::ok;
}

}  // namespace

Command add_copy(CLI::App& program) {
    CLI::App* command = program.add_subcommand(
        "copy", "Copy a store that no server has open to another one, of either kind");
    const auto options = std::make_shared<CopyOptions>();
    add_argument(*command, "FROM", options->from, "The store to be copied, as a URL");
    add_argument(*command, "TO", options->to, "Where to, as a URL");
    command->add_flag("--replace", options->replace,
                      "Replace a store that is not empty; without it that is refused");
    add_audit(*command, options->audit);
    add_config(*command);
    command->footer(
        "Users with their ids, hashes and revisions, and sessions: everybody stays logged in. The\n"
        "copy is made beside TO, read again, compared, and only then put in its place: until then\n"
        "TO is what it was, whatever happens.\n\n"
        "Exit codes: 0 it is there. 4: TO is not empty. 5: a store is in use, damaged, or cannot "
        "be\nread or written.\n\n"
        "Examples:\n"
        "  roster copy json:users.json sqlite:roster.db\n"
        "  roster copy sqlite:roster.db json:users.json --replace");
    return Command(*command, [options] { return copy(*options); });
}

}  // namespace roster::cli
