#include "cli/import_export/import_options.hpp"

#include "cli/config/options.hpp"

#include <CLI/CLI.hpp>

namespace roster::cli {

void declare_import_options(CLI::App& command, ImportOptions& options) {
    command.add_option("FILE", options.file, "The users; - for standard input")
        ->required()
        ->type_name("");
    add_store(command, options.store);
    add_text(command, "--input-format", options.input_format, "FORMAT",
             "auto, ndjson, csv (with a header row) or htpasswd")
        ->check(CLI::IsMember({"auto", "ndjson", "csv", "htpasswd"}));
    command.add_flag("--dry-run", options.dry_run, "Read and check everything, and change nothing");
    command.add_flag("--skip-invalid", options.skip_invalid,
                     "Take what is good, and leave the other lines out (exit code 6)");
    add_text(command, "--existing", options.existing, "WHAT",
             "What a user is whose e-mail the store has: refuse (an error) or skip (left alone)")
        ->check(CLI::IsMember({"refuse", "skip"}));
    command.add_flag("--new-ids", options.new_ids, "Pass over the ids of the file");
    command.add_flag("--ignore-unknown", options.ignore_unknown,
                     "Pass over columns and members that are not known");
    add_text(command, "--report", options.report, "FILE",
             "Write what is said of single lines to a file instead of standard error");
    declare_password_options(command, options.passwords);
    add_audit(command, options.audit);
    add_config(command);
    command.footer(
        "Either everybody is taken, at once, or nobody, unless --skip-invalid is given. Each line\n"
        "that cannot be taken is named with its number and what to do.\n\n"
        "Fields: email, password_hash or password (plain), role, disabled, id, created_at,\n"
        "updated_at; only email is required.\n\n"
        "Exit codes: 0 everybody is in. 2: lines are wrong. 4: the store has users or ids of the\n"
        "file already. 5: the store cannot be opened or written. 6: with --skip-invalid, lines\n"
        "were left out. 1: anything else. With --dry-run the same.\n\n"
        "Examples:\n"
        "  roster import users.csv --dry-run\n"
        "  roster import users.ndjson --store json:/srv/roster/users.json\n"
        "  roster import .htpasswd --skip-invalid --report left-out.txt\n"
        "  roster export --store json:old.json --with-hashes | roster import - --store "
        "json:new.json");
}

}  // namespace roster::cli
