#include "cli/import_export/import_command.hpp"

#include <roster/store.hpp>

#include "accounts/wait_for.hpp"
#include "cli/commands/offline_store.hpp"
#include "cli/commands/open.hpp"
#include "cli/import_export/import_hashing.hpp"
#include "cli/import_export/import_options.hpp"
#include "cli/import_export/import_reading.hpp"
#include "cli/import_export/input_file.hpp"
#include "cli/import_export/input_format.hpp"
#include "cli/io/progress.hpp"
#include "cli/io/replaced_file.hpp"
#include "core/text.hpp"
#include "passwords/password_hasher.hpp"
#include "passwords/password_policy.hpp"

#include <CLI/App.hpp>

#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roster::cli {
namespace {

std::string counted(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// What there is to say of the users of an import, once they are gone into the store.
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

Write to_write(ImportedUser user) {
    CreateUser create(std::move(user.email), std::move(user.password_hash), user.role);
    create.disabled = user.disabled;
    create.id = user.id;
    create.created_at = user.created_at;
    create.updated_at = user.updated_at;
    create.metadata = std::move(user.metadata);
    return create;
}

// Says what is wrong with lines where the user wants it.
class LineReport {
  public:
    LineReport(const std::string& file, Progress& progress) : progress_(progress) {
        if (!file.empty()) file_.emplace(file);
    }

    void tell(const LineProblem& problem) {
        const std::string line =
            "line " + std::to_string(problem.line) + ": " + problem.text + "\n";
        if (file_) {
            file_->append(line);
            return;
        }
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
          cost_(hash_cost(options.passwords)),
          policies_(password_policies(options.passwords)),
          progress_(std::cerr, ::isatty(STDERR_FILENO) == 1),
          input_(options.file),
          store_(open()) {}

    ExitCode run() {
        const ImportCount count = read();
        if (count.is_reading_ended || (count.refused() > 0 && !options_.skip_invalid))
            return refuse(count);
        std::vector<ImportedUser> users = plan_.take();
        const ImportedCount imported(users);
        // Before the users are stored: an administrator of the file is not counted twice.
        const bool has_admin = imported.admins + store_->status().admins > 0;
        if (!options_.dry_run) {
            hash(users);
            store(std::move(users));
        }
        summarize(count, imported, has_admin);
        return count.refused() > 0 ? ExitCode::partly : ExitCode::ok;
    }

  private:
    std::unique_ptr<Store> open() const {
        // A look makes no store where there is none, and hashes nothing in an old one.
        const bool is_new = options_.dry_run && is_store_missing(options_.store);
        return open_offline_store(is_new ? "memory:" : options_.store,
                                  "have the users sign up through its server (roster client)",
                                  options_.dry_run ? std::nullopt : std::optional(cost_));
    }

    ImportCount read();
    void hash(std::vector<ImportedUser>& users);
    void store(std::vector<ImportedUser> users);
    ExitCode refuse(const ImportCount& count) const;
    void tell_audit(const char* outcome, std::size_t users) const;
    void summarize(const ImportCount& count, const ImportedCount& imported, bool has_admin) const;

    const ImportOptions& options_;
    const passwords::HashCost cost_;
    const passwords::PasswordPolicies policies_;
    Progress progress_;
    InputFile input_;
    std::unique_ptr<Store> store_;
    ImportPlan plan_;
};

ImportCount Import::read() {
    LineSource lines(input_.bytes());
    const auto reader =
        make_user_reader(lines, parse_input_format(options_.input_format), options_.ignore_unknown);
    ImportRules rules;
    rules.check_password = [this](const Secret& password, std::string_view email) {
        return policies_.at(Channel::local).check(password, email);
    };
    rules.passes_over_existing = options_.existing == "skip";
    rules.gives_new_ids = options_.new_ids;
    LineReport report(options_.report, progress_);
    ImportReading reading(
        *reader, *store_, rules, [&](const LineProblem& problem) { report.tell(problem); },
        [&] { progress_.show("reading bytes", lines.bytes_read(), input_.size_bytes()); });
    const auto count = accounts::wait_for(reading.run());
    progress_.clear();
    if (!count) {
        const bool is_store = count.error().category() == error_category();
        throw StartupError(is_store ? Errc::store_unavailable : Errc::internal,
                           (is_store ? store_->url() : input_.name()) +
                               " cannot be read: " + count.error().message());
    }
    report.finish();
    plan_ = std::move(reading.plan());
    return *count;
}

void Import::hash(std::vector<ImportedUser>& users) {
    const auto hashed = hash_passwords(
        users, [this](const Secret& password) { return passwords::hash_password(password, cost_); },
        [&](std::size_t done, std::size_t total) {
            progress_.show("hashing passwords", done, total);
        });
    progress_.clear();
    if (!hashed)
        throw StartupError(Errc::internal, "nothing was imported: a password cannot be hashed: " +
                                               hashed.error().message());
}

void Import::store(std::vector<ImportedUser> users) {
    if (users.empty()) return;
    const std::optional<UserId> lowest_id = users.front().id;
    const std::size_t line = users.front().line;
    std::vector<Write> writes;
    writes.reserve(users.size());
    for (ImportedUser& user : users)
        writes.push_back(to_write(std::move(user)));
    const std::size_t count = writes.size();
    const auto stored = accounts::wait_for(store_->apply_all(std::move(writes)));
    tell_audit(stored ? "ok" : "refused", count);
    if (stored) return;
    const auto error = static_cast<Errc>(stored.error().value());
    // Ids rise within the plan, so the lowest one was given before if any was.
    if (error == Errc::id_taken && lowest_id)
        throw StartupError(error, "nothing was imported: line " + std::to_string(line) + ": id " +
                                      std::to_string(*lowest_id) +
                                      " was given to a user who is gone; take the ids out, or "
                                      "import with --new-ids");
    throw StartupError(error, "nothing was imported: " + stored.error().message());
}

// One line for all of them: who they are stands in the store.
void Import::tell_audit(const char* outcome, std::size_t users) const {
    AuditEvent event;
    event.actor = "operator";
    event.action = "import";
    event.target = input_.name();
    event.outcome = outcome;
    event.count = users;
    open_audit(options_.audit, options_.store, make_log("warn"))->record(std::move(event));
}

ExitCode Import::refuse(const ImportCount& count) const {
    std::cerr << "roster: nothing was imported: " << counted(count.refused(), "line")
              << " cannot be taken";
    if (!options_.report.empty()) std::cerr << ", see " << printable(options_.report);
    if (!count.is_reading_ended && count.users > 0)
        std::cerr << "; with --skip-invalid the other "
                  << counted(count.users + count.passed_over, "user") << " would be";
    std::cerr << std::endl;
    return count.invalid > 0 ? ExitCode::usage : ExitCode::conflict;
}

void Import::summarize(const ImportCount& count, const ImportedCount& imported,
                       bool has_admin) const {
    std::cout << (options_.dry_run ? "would import " : "imported ")
              << counted(imported.users, "user") << " ("
              << counted(imported.admins, "administrator") << ") into "
              << printable(options_.store);
    if (count.passed_over > 0) std::cout << ", " << count.passed_over << " were there already";
    if (count.refused() > 0) std::cout << ", " << counted(count.refused(), "line") << " left out";
    std::cout << std::endl;
    if (options_.dry_run) std::cout << "nothing was changed" << std::endl;
    if (imported.without_password > 0)
        std::cerr << "note: " << counted(imported.without_password, "user")
                  << " without a password cannot log in until an administrator sets one"
                  << std::endl;
    if (!has_admin)
        std::cerr << "note: the store has no administrator; make one with: roster user add "
                     "--role admin --store "
                  << printable(options_.store) << " EMAIL" << std::endl;
}

void check_report(const ImportOptions& options) {
    if (options.report.empty()) return;
    if (options.file != "-" && is_same_path(options.report, options.file))
        throw UsageError("--report would replace the file that is imported");
    if (belongs_to_store(options.report, options.store))
        throw UsageError("--report would replace a file of the store");
}

ExitCode import_users(const ImportOptions& options) {
    check_report(options);
    return Import(options).run();
}

}  // namespace

Command add_import(CLI::App& program) {
    CLI::App* command = program.add_subcommand(
        "import", "Add many users to a store that no server has open: NDJSON, CSV, htpasswd");
    const auto options = std::make_shared<ImportOptions>();
    declare_import_options(*command, *options);
    return Command(*command, [options] { return import_users(*options); });
}

}  // namespace roster::cli
