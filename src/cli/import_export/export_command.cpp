#include "cli/import_export/export_command.hpp"

#include <roster/store.hpp>

#include "accounts/wait_for.hpp"
#include "cli/commands/offline_store.hpp"
#include "cli/config/options.hpp"
#include "cli/import_export/user_lines.hpp"
#include "cli/io/progress.hpp"
#include "cli/io/replaced_file.hpp"
#include "core/text.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace roster::cli {
namespace {

struct ExportOptions {
    std::string store = "json:users.json";
    std::string output;
    std::string format = "ndjson";
    bool with_hashes = false;
    bool spreadsheet = false;
};

// A file that appears whole at the end, or standard output.
class ExportTarget {
  public:
    explicit ExportTarget(const std::string& path) {
        if (!path.empty()) file_.emplace(path);
    }

    void append(std::string_view text) {
        if (file_) return file_->append(text);
        std::cout.write(text.data(), static_cast<std::streamsize>(text.size()));
        if (!std::cout) throw StartupError(Errc::internal, "standard output cannot be written");
    }

    void finish() {
        if (file_) return file_->commit();
        std::cout.flush();
        if (!std::cout) throw StartupError(Errc::internal, "standard output cannot be written");
    }

  private:
    std::optional<ReplacedFile> file_;
};

// The lines of a page of users, wiped when they are written.
class Lines {
  public:
    Lines() { text_.reserve(kBytes); }
    ~Lines() { wipe(text_.data(), text_.size()); }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    std::string& text() noexcept { return text_; }
    bool is_full() const noexcept { return text_.size() >= kBytes / 2; }

    void write_to(ExportTarget& target) {
        target.append(text_);
        wipe(text_.data(), text_.size());
        text_.clear();
    }

  private:
    static constexpr std::size_t kBytes = 256 * 1024;

    std::string text_;
};

class Export {
  public:
    Export(const ExportOptions& options, Store& store)
        : options_(options),
          store_(store),
          progress_(std::cerr, ::isatty(STDERR_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 0),
          target_(options.output) {
        parts_.hashes = options.with_hashes;
        parts_.spreadsheet = options.spreadsheet;
    }

    void run() {
        if (is_csv()) append_csv_header(lines_.text(), parts_);
        for (UserId after = 0;;) {
            const std::vector<User> page = next_page(after);
            if (page.empty()) break;
            for (const User& user : page)
                take(user);
            after = page.back().id;
            progress_.show("exporting users", users_, store_.status().users);
        }
        lines_.write_to(target_);
        target_.finish();
        progress_.clear();
        tell();
    }

  private:
    bool is_csv() const { return options_.format == "csv"; }

    std::vector<User> next_page(UserId after) {
        constexpr std::size_t kPage = 1000;
        auto page = accounts::wait_for(store_.list(after, kPage));
        if (!page)
            throw StartupError(Errc::store_unavailable,
                               store_.url() + " cannot be read: " + page.error().message());
        return std::move(*page);
    }

    void take(const User& user) {
        if (is_csv())
            append_csv_user(lines_.text(), user, parts_);
        else
            append_ndjson_user(lines_.text(), user, parts_);
        if (looks_like_formula(user.email)) ++formulas_;
        ++users_;
        if (lines_.is_full()) lines_.write_to(target_);
    }

    // On standard error: standard output may be the export.
    void tell() const {
        const std::string where =
            options_.output.empty() ? "standard output" : printable(options_.output);
        std::cerr << "exported " << users_ << (users_ == 1 ? " user" : " users") << " to " << where
                  << std::endl;
        if (options_.with_hashes)
            std::cerr << "note: it holds password hashes; "
                      << (options_.output.empty() ? "keep it where nobody else can read it"
                                                  : "nobody but you can read it, keep it so")
                      << std::endl;
        else
            std::cerr << "note: without password hashes; who is imported from it cannot log in. "
                         "--with-hashes writes them"
                      << std::endl;
        if (is_csv() && formulas_ > 0 && !options_.spreadsheet)
            std::cerr << "note: a spreadsheet would take " << formulas_
                      << " of the e-mails for formulas; to read_locked at it in one, export with "
                         "--spreadsheet"
                      << std::endl;
    }

    const ExportOptions& options_;
    Store& store_;
    Progress progress_;
    ExportTarget target_;
    ExportedParts parts_;
    Lines lines_;
    std::size_t users_ = 0;
    std::size_t formulas_ = 0;
};

ExitCode export_users(const ExportOptions& options) {
    if (options.spreadsheet && options.format != "csv")
        throw UsageError("--spreadsheet goes with --format csv");
    if (!options.output.empty() && belongs_to_store(options.output, options.store))
        throw UsageError("--output would replace a file of the store");
    if (is_store_missing(options.store))
        throw StartupError(Errc::store_unavailable,
                           options.store + ": there is no store to export");
    const auto store =
        open_offline_store(options.store, "ask its server as an administrator (roster client, get)",
                           passwords::HashCost());
    Export(options, *store).run();
    return ExitCode::ok;
}

}  // namespace

Command add_export(CLI::App& program) {
    CLI::App* command = program.add_subcommand(
        "export", "Write the users of a store that no server has open, for an import");
    const auto options = std::make_shared<ExportOptions>();
    add_store(*command, options->store);
    add_text(*command, "--output", options->output, "FILE",
             "Where to; it appears when it is whole, for its owner alone. Without it: standard "
             "output");
    add_text(*command, "--format", options->format, "FORMAT", "ndjson or csv")
        ->check(CLI::IsMember({"ndjson", "csv"}));
    command->add_flag("--with-hashes", options->with_hashes,
                      "Write the hashes of the passwords, too, so that people can log in after an "
                      "import");
    command->add_flag("--spreadsheet", options->spreadsheet,
                      "Disarm cells of CSV that a spreadsheet would take for formulas; an import "
                      "would not give the same e-mails again");
    add_config(*command);
    command->footer(
        "Examples:\n"
        "  roster export --with-hashes --output users.ndjson\n"
        "  roster export --format csv > users.csv");
    return Command(*command, [options] { return export_users(*options); });
}

}  // namespace roster::cli
