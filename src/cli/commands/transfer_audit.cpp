#include "cli/commands/transfer_audit.hpp"

#include "cli/commands/open.hpp"
#include "cli/io/exit_code.hpp"
#include "cli/io/progress.hpp"
#include "passwords/password_hasher.hpp"

#include <unistd.h>

#include <iostream>
#include <string_view>
#include <utility>

namespace roster::cli {

storage::Transferred run_transfer(
    storage::TransferOptions options, const std::string& occupied,
    const std::function<storage::Transferred(const storage::TransferOptions&)>& transfer) {
    Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1);
    options.open.log = make_log("info");
    options.open.hash_password = [](const Secret& password) {
        return passwords::hash_password(password, passwords::HashCost());
    };
    options.tell = [&](std::string_view what, std::uint64_t done, std::uint64_t total) {
        progress.show(what, done, total);
    };
    try {
        return transfer(options);
    } catch (const storage::TargetOccupied& error) {
        throw Refused(ExitCode::conflict, error.what() + occupied);
    }
}

void TransferAudit::open() {
    log_ = open_audit(settings_, store_, make_log("warn"));
}

void TransferAudit::record(const std::string& action, const std::string& target,
                           std::uint64_t users) {
    AuditEvent event;
    event.actor = "operator";
    event.action = action;
    event.target = target;
    event.outcome = "ok";
    event.count = users;
    log_->record(std::move(event));
}

void add_argument(CLI::App& command, const std::string& name, std::string& target,
                  const std::string& text) {
    command.add_option(name, target, text)->required()->type_name("");
}

}  // namespace roster::cli
