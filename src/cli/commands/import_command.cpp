#include "cli/admin/admin_api.hpp"
#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/options.hpp"
#include "cli/io/replaced_file.hpp"
#include "cli/io/standard_error.hpp"
#include "cli/io/user_format.hpp"
#include "core/text.hpp"
#include "import_export/import_plan.hpp"
#include "import_export/user_readers.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roster::cli {
namespace {

using namespace import_export;

struct ImportOptions {
    AdminSettings settings;
    std::string file;
    std::string input_format = "auto";
    std::string existing = "refuse";
    std::string report;
    bool dry_run = false;
    bool skip_invalid = false;
    bool ignore_unknown = false;
    bool new_ids = false;
    bool plain_passwords = false;
    bool allow_empty = false;
};

struct ImportedCount {
    explicit ImportedCount(const std::vector<ImportedUser>& all) : users(all.size()) {
        for (const ImportedUser& user : all) {
            if (user.role == Role::admin && !user.disabled) ++admins;
            if (user.password.empty() && user.password_hash.empty()) ++without_password;
        }
    }

    std::size_t users;
    std::size_t admins = 0;
    std::size_t without_password = 0;
};

// Tells what is wrong with lines, on standard error or in a file.
class LineReport {
  public:
    LineReport(const std::string& file, Progress& progress) : progress_(progress) {
        if (!file.empty()) file_.emplace(file);
    }

    void tell(const LineProblem& problem) {
        const std::string line = "line " + std::to_string(problem.line) + ": " + problem.text +
                                 problem.with_option + "\n";
        if (file_) return file_->append(line);
        progress_.clear();
        std::cerr << line;
    }

    void finish() {
        if (file_) file_->commit();
    }

  private:
    Progress& progress_;
    std::optional<ReplacedFile> file_;
};

class Import {
  public:
    explicit Import(const ImportOptions& options)
        : options_(options),
          cost_(hash_cost(options.settings.passwords)),
          policies_(password_policies(options.settings.passwords)),
          progress_(std::cerr, ::isatty(STDERR_FILENO) == 1),
          input_(options.file) {
        // Before the file is read: a store that is in use is told first.
        if (!options.dry_run && (has_server() || !is_store_missing(options.settings.store)))
            api_ = open_admin_api(options.settings);
    }

    ExitCode run() {
        const std::unique_ptr<AdminView> view = api_ ? nullptr : open_view();
        AdminView& store = view ? *view : *api_;
        const ImportCount count = read(store);
        if (count.is_reading_ended || (count.refused() > 0 && !options_.skip_invalid))
            return refuse(count);
        if (count.users + count.skipped + count.refused() == 0 && !options_.allow_empty)
            throw UsageError("nothing was imported: " + input_.name() +
                             " holds no users; --allow-empty if that is right");
        const ImportedCount imported(users_);
        // Before the users are stored: an administrator of the file is not counted twice.
        const bool has_admin = imported.admins + store.status().admins > 0;
        if (!options_.dry_run && !api_) api_ = open_admin_api(options_.settings, IfMissing::make);
        if (api_) import(std::move(users_));
        summarize(count, imported, has_admin);
        return count.refused() > 0 ? ExitCode::partly : ExitCode::ok;
    }

  private:
    // Makes no store if it is missing: it is made when there is something to put into it.
    std::unique_ptr<AdminView> open_view() const {
        if (has_server()) return open_admin_view(options_.settings);
        const std::string& url = options_.settings.store;
        return open_admin_view(is_store_missing(url) ? "memory:" : url);
    }

    bool has_server() const noexcept { return !options_.settings.server.empty(); }

    ImportCount read(AdminView& store);
    void import(std::vector<ImportedUser> users);
    [[noreturn]] void fail(const ImportOutcome& outcome, std::size_t users) const;
    ExitCode refuse(const ImportCount& count) const;
    void summarize(const ImportCount& count, const ImportedCount& imported, bool has_admin) const;

    const ImportOptions& options_;
    const passwords::HashCost cost_;
    const passwords::PasswordPolicies policies_;
    Progress progress_;
    InputFile input_;
    std::unique_ptr<AdminApi> api_;
    std::vector<ImportedUser> users_;
};

ImportCount Import::read(AdminView& store) {
    LineSource lines(input_.bytes());
    ImportRules rules;
    rules.check_password = [this](const Secret& password, std::string_view email) {
        return policies_.at(Channel::local).check(password, email);
    };
    rules.skips_existing = options_.existing == "skip";
    rules.gives_new_ids = options_.new_ids;
    rules.takes_bare_hashes = options_.plain_passwords;
    LineReport report(options_.report, progress_);
    ImportPlan plan(store.existing_users(), rules,
                    [&](const LineProblem& problem) { report.tell(problem); });
    const auto read =
        read_users(lines, parse_input_format(options_.input_format), options_.ignore_unknown,
                   [&](Imported imported) {
                       progress_.show("reading bytes", lines.bytes_read(), input_.size_bytes());
                       plan.take(std::move(imported));
                   });
    progress_.clear();
    if (!read)
        throw StartupError(Errc::internal,
                           input_.name() + " cannot be read: " + read.error().message());
    report.finish();
    users_ = plan.take_users();
    return plan.count();
}

void Import::import(std::vector<ImportedUser> users) {
    const auto hashed =
        hash_passwords(users, hash_with(cost_), [&](std::size_t done, std::size_t total) {
            progress_.show("hashing passwords", done, total);
        });
    progress_.clear();
    const std::string nothing = "nothing was imported: ";
    if (!hashed)
        throw StartupError(Errc::internal,
                           nothing + "a password cannot be hashed: " + hashed.error().message());
    if (users.empty()) return;
    const std::optional<UserId> lowest_id = users.front().id;
    const std::size_t line = users.front().line;
    std::vector<CreateUser> created;
    created.reserve(users.size());
    for (ImportedUser& user : users)
        created.push_back(to_create(std::move(user)));
    const std::size_t all = created.size();
    const ImportOutcome outcome = api_->import(std::move(created), input_.name());
    if (!outcome.error) return;
    // The plan is sorted by id, so if any id was given before, the lowest was.
    if (outcome.error == Errc::id_taken && outcome.added == 0 && lowest_id)
        throw StartupError(Errc::id_taken,
                           nothing + "line " + std::to_string(line) + ": id " +
                               std::to_string(*lowest_id) +
                               " belonged to a user who was removed; remove the ids, or import "
                               "with --new-ids");
    fail(outcome, all);
}

// Only a server adds a part of them.
void Import::fail(const ImportOutcome& outcome, std::size_t users) const {
    const std::string of_all = " of " + counted(users, "user") + ", by id and line";
    std::string what = "nothing was imported";
    if (outcome.added > 0) what = "imported the first " + std::to_string(outcome.added) + of_all;
    if (outcome.unknown > 0)
        what = (outcome.added > 0 ? what + ", and perhaps the next "
                                  : std::string("perhaps imported the first ")) +
               std::to_string(outcome.unknown) + (outcome.added > 0 ? std::string() : of_all);
    const std::string why = outcome.why.empty() ? outcome.error.message() : outcome.why;
    const bool may_go_on = outcome.added + outcome.unknown > 0;
    throw Refused(
        exit_code(outcome.error),
        what + ": " + why + (may_go_on ? "; import again with --existing skip for the rest" : ""));
}

ExitCode Import::refuse(const ImportCount& count) const {
    std::cerr << "roster: nothing was imported: " << counted(count.refused(), "line")
              << " cannot be imported";
    if (!options_.report.empty()) std::cerr << ", see " << printable(options_.report);
    if (!count.is_reading_ended && count.users > 0)
        std::cerr << "; --skip-invalid imports the other "
                  << counted(count.users + count.skipped, "user");
    std::cerr << std::endl;
    return count.invalid > 0 ? ExitCode::usage : ExitCode::conflict;
}

void Import::summarize(const ImportCount& count, const ImportedCount& imported,
                       bool has_admin) const {
    const std::string store =
        printable(masked_url(has_server() ? options_.settings.server : options_.settings.store));
    std::cout << (options_.dry_run ? "would import " : "imported ")
              << counted(imported.users, "user") << " ("
              << counted(imported.admins, "administrator") << ") into " << store;
    if (count.skipped > 0) std::cout << ", " << count.skipped << " exist already";
    if (count.refused() > 0) std::cout << ", " << counted(count.refused(), "line") << " left out";
    std::cout << std::endl;
    if (options_.dry_run) std::cout << "nothing was changed" << std::endl;
    if (imported.without_password > 0)
        std::cerr << "note: " << counted(imported.without_password, "user")
                  << " without a password cannot log in until an administrator sets one"
                  << std::endl;
    if (!has_admin)
        std::cerr << "note: the store has no administrator; make one with: roster user add "
                     "--role admin "
                  << (has_server() ? "--server " : "--store ") << store << " EMAIL" << std::endl;
}

ExitCode import_users(const ImportOptions& options) {
    if (!options.report.empty()) {
        if (options.file != "-" && is_same_path(options.report, options.file))
            throw UsageError("--report would replace the file that is imported");
        if (options.settings.server.empty() &&
            belongs_to_store(options.report, options.settings.store))
            throw UsageError("--report would replace a file of the store");
    }
    return Import(options).run();
}

}  // namespace

void add_import_command(CLI::App& program, Commands& commands) {
    auto [app, options] = add_command(
        program, commands, "import",
        "Add many users to a store, or to a server: NDJSON, CSV, htpasswd", import_users);
    add_argument(app, "FILE", options.file, "The users; - for standard input");
    add_text(app, "--input-format", options.input_format, "FORMAT",
             "auto, ndjson, csv (with a header row) or htpasswd")
        ->check(CLI::IsMember({"auto", "ndjson", "csv", "htpasswd"}));
    app.add_flag("--dry-run", options.dry_run, "Read and check everything, and change nothing");
    app.add_flag("--skip-invalid", options.skip_invalid,
                 "Import the valid lines, and leave the others out (exit code 6)");
    add_text(app, "--existing", options.existing, "WHAT",
             "A user whose e-mail the store has: refuse (an error) or skip")
        ->check(CLI::IsMember({"refuse", "skip"}));
    app.add_flag("--new-ids", options.new_ids, "Ignore the ids of the file");
    app.add_flag("--plain-passwords", options.plain_passwords,
                 "Passwords that look like unsalted hashes are passwords");
    app.add_flag("--allow-empty", options.allow_empty, "A file without users is no error");
    app.add_flag("--ignore-unknown", options.ignore_unknown,
                 "Ignore columns and members that are not known");
    add_text(app, "--report", options.report, "FILE",
             "Write what is wrong with single lines to a file instead of standard error");
    add_password_settings(app, options.settings.passwords);
    add_audit(app, options.settings.audit);
    add_reading_settings(app, options.settings);
    add_admin_socket(app, options.settings.admin_socket);
    app.footer(
        "Either all users are imported, in one commit, or none, unless --skip-invalid is given.\n"
        "A server adds more than 16 MiB in several commits, and what is said names those that it\n"
        "added if one fails.\n"
        "Each line that cannot be imported is named with its number and what to do.\n\n"
        "Fields: email, username, name, password_hash or password (plain), role, groups,\n"
        "disabled, email_verified_at, locale, id, created_at, updated_at, last_login_at,\n"
        "metadata; only email is required.\n\n"
        "Exit codes: 0 all are in. 2: lines are wrong. 4: the store has users or ids of the file\n"
        "already. 5: the store cannot be opened or written. 6: with --skip-invalid, lines were\n"
        "left out. 1: anything else. --dry-run ends with the same.\n\n"
        "Examples:\n"
        "  roster import users.csv --dry-run\n"
        "  roster import users.ndjson --store json:/srv/roster/users.json\n"
        "  roster import .htpasswd --skip-invalid --report left-out.txt\n"
        "  roster export --store json:old.json --with-hashes | roster import - --store "
        "json:new.json");
}

}  // namespace roster::cli
