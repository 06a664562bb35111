#include "cli/admin/admin_api.hpp"
#include "cli/commands/command_options.hpp"
#include "cli/commands/commands.hpp"
#include "cli/config/options.hpp"
#include "cli/io/listing.hpp"
#include "cli/io/replaced_file.hpp"
#include "cli/io/standard_error.hpp"
#include "cli/io/user_format.hpp"
#include "core/text.hpp"
#include "import_export/user_lines.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <string>

namespace roster::cli {
namespace {

using namespace import_export;

struct ExportOptions {
    AdminSettings settings;
    std::string output;
    std::string format;
    bool with_hashes = false;
    bool spreadsheet = false;
};

// Lines of users, wiped after they are written to standard output, or to a file that appears whole
// at the end.
class ExportTarget {
  public:
    explicit ExportTarget(const std::string& path) {
        lines_.reserve(kBytes);
        if (!path.empty()) file_.emplace(path);
    }
    ~ExportTarget() { wipe(lines_.data(), lines_.size()); }
    ExportTarget(const ExportTarget&) = delete;
    ExportTarget& operator=(const ExportTarget&) = delete;

    /// To be appended to; less than half of the reserved memory at a time, so that no copy is left.
    std::string& lines() {
        if (lines_.size() >= kBytes / 2) write();
        return lines_;
    }

    void finish() {
        write();
        if (file_) file_->commit();
    }

  private:
    static constexpr std::size_t kBytes = 256 * 1024;

    void write() {
        if (file_)
            file_->append(lines_);
        else
            print(std::cout, lines_);
        wipe(lines_.data(), lines_.size());
        lines_.clear();
    }

    std::optional<ReplacedFile> file_;
    std::string lines_;
};

void tell_exported(const ExportOptions& options, std::size_t users, std::size_t formulas) {
    // On standard error: standard output may be the export.
    const bool is_file = !options.output.empty();
    std::cerr << "exported " << counted(users, "user") << " to "
              << (is_file ? printable(options.output) : "standard output") << std::endl;
    if (options.with_hashes)
        std::cerr << "note: it holds password hashes; keep it readable for its owner alone"
                  << std::endl;
    else
        std::cerr << "note: without password hashes, users that are imported from it cannot log "
                     "in; --with-hashes, beside the store, writes them"
                  << std::endl;
    if (options.format == "csv" && formulas > 0 && !options.spreadsheet)
        std::cerr << "note: a spreadsheet would take " << formulas
                  << " of the cells for formulas; for a spreadsheet, export with --spreadsheet"
                  << std::endl;
}

ExitCode export_users(const ExportOptions& options) {
    const bool is_csv = options.format == "csv";
    if (options.spreadsheet && !is_csv) throw UsageError("--spreadsheet needs --format csv");
    if (!options.output.empty() && options.settings.server.empty() &&
        belongs_to_store(options.output, options.settings.store))
        throw UsageError("--output would replace a file of the store");
    const auto view = open_admin_view(options.settings);
    ExportedParts parts;
    parts.hashes = options.with_hashes;
    parts.spreadsheet = options.spreadsheet;
    Progress progress(std::cerr, ::isatty(STDERR_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 0);
    ExportTarget target(options.output);
    std::size_t users = 0;
    std::size_t formulas = 0;
    const std::size_t total = view->status().users;
    if (is_csv) append_csv_header(target.lines(), parts);
    view->export_users(options.with_hashes, [&](const User& user) {
        if (is_csv)
            formulas += append_csv_user(target.lines(), user, parts);
        else
            append_ndjson_user(target.lines(), user, parts);
        progress.show("exporting users", ++users, total);
    });
    target.finish();
    progress.clear();
    tell_exported(options, users, formulas);
    return ExitCode::ok;
}

}  // namespace

void add_export_command(CLI::App& program, Commands& commands) {
    auto [app, options] =
        add_command(program, commands, "export", "Write all users, for an import", export_users);
    add_text(app, "--output", options.output, "FILE",
             "Where to; it appears when it is whole, readable for its owner alone. Without it: "
             "standard output");
    add_format_of(app, options.format, {"ndjson", "csv"});
    app.add_flag("--with-hashes", options.with_hashes,
                 "Write the password hashes too, so that users can log in after an import");
    app.add_flag("--spreadsheet", options.spreadsheet,
                 "Escape cells of CSV that a spreadsheet would take for formulas; an import "
                 "would not restore those texts");
    add_reading_settings(app, options.settings);
    app.footer(
        "Works beside a running server. With --server it needs an administrator, and hashes are\n"
        "only for the local operator, by --server unix:PATH.\n\n"
        "Examples:\n"
        "  roster export --with-hashes --output users.ndjson\n"
        "  roster export --format csv > users.csv");
}

}  // namespace roster::cli
