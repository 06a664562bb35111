#pragma once

// What `roster import` is told.

#include "cli/commands/password_options.hpp"
#include "cli/config/audit_options.hpp"

#include <string>

namespace CLI {
class App;
}

namespace roster::cli {

struct ImportOptions {
    std::string file;
    std::string store = "json:users.json";
    std::string input_format = "auto";
    std::string existing = "refuse";
    std::string report;
    bool dry_run = false;
    bool skip_invalid = false;
    bool ignore_unknown = false;
    bool new_ids = false;
    AuditSettings audit;
    PasswordOptions passwords;
};

/// Lifetime: the options outlive the command.
void declare_import_options(CLI::App& command, ImportOptions& options);

}  // namespace roster::cli
