#include "storage/sqlite/rows.hpp"

#include "core/files/temporary_lock.hpp"
#include "core/json/user_json.hpp"
#include "core/password_format.hpp"
#include "core/user_profile.hpp"
#include "storage/core/session_transaction.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/database_inspector.hpp"
#include "storage/sqlite/sqlite_store.hpp"

#include <SQLiteCpp/Transaction.h>

#include <array>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

bool is_number(std::uint64_t number) noexcept {
    return number >= 1 && number <= kMaxNumber;
}

std::string_view wrong_with(const User& user, const FoldedLogins& folded,
                            const StoreTotals& totals) {
    if (!is_number(user.id)) return "has an invalid id";
    if (user.id >= totals.next_user_id) return "has an id that was not assigned yet";
    if (!is_storable_email(user.email))
        return "has an invalid e-mail: empty, too long, not UTF-8, or with control characters";
    if (folded.email != fold_email(user.email)) return "cannot be found by e-mail";
    if (storable_profile(user.profile) != user.profile)
        return "has an invalid username, name, group, locale or time";
    if (folded.username != fold_email(user.profile.username)) return "cannot be found by username";
    const HashStatus password = read_password_format(user.password_hash.reveal()).status;
    if (password != HashStatus::none && password != HashStatus::checkable)
        return "has an invalid password_hash, and cannot log in";
    if (!is_storable_time(user.created_at) || !is_storable_time(user.updated_at) ||
        !is_storable_time(user.last_login_at.value_or(user.created_at)))
        return "has times outside the years 1970 to 9999";
    if (!is_number(user.revision)) return "has an invalid revision";
    if (user.revision > totals.revision || user.credentials_revision > totals.revision)
        return "has a revision of the future";
    return {};
}

std::string_view wrong_with(const Session& session, const StoreTotals& totals) {
    if (!is_number(session.id) || session.id >= totals.next_session_id)
        return "has an id that was not assigned yet";
    if (!is_storable(session)) return "has an invalid user, time or text";
    if (session.credentials_revision > totals.revision) return "has a revision of the future";
    return {};
}

std::string named(std::string_view what, std::uint64_t id, std::string_view wrong) {
    if (wrong.empty()) return {};
    return std::string(what) + " " + std::to_string(static_cast<std::int64_t>(id)) + " " +
           std::string(wrong);
}

class Check {
  public:
    Check(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

    StoreReport run() {
        try {
            const bool exists = read_undisturbed(files_, path_, [this](auto& inspector) {
                report_ = StoreReport();
                check(inspector);
            });
            if (!exists) note("does not exist: an empty store");
        } catch (const StartupError& error) {
            if (error.code() != Errc::store_damaged) throw;
            report_.findings.push_back({Finding::Kind::damage, error.what()});
        } catch (const SQLite::Exception& error) {
            damage(text_of(error));
        } catch (const std::runtime_error& error) {
            damage(error.what());
        }
        return std::move(report_);
    }

  private:
    void note(const std::string& text) {
        report_.findings.push_back({Finding::Kind::note, path_ + ": " + text});
    }
    void damage(const std::string& text) {
        if (!text.empty()) report_.findings.push_back({Finding::Kind::damage, path_ + ": " + text});
    }

    void check(DatabaseInspector& inspector) {
        // What a server writes meanwhile does not show here: totals and rows are of one moment.
        const SQLite::Transaction moment(inspector.connection());
        const std::size_t known = compiled_migrations().size();
        const std::size_t applied = inspector.applied().size();
        note_surroundings(inspector);
        if (applied < known)
            note("is of an older version; the next start applies " +
                 std::to_string(known - applied) +
                 " migrations, after a copy; its users are checked only then");
        damage(why_incompatible(inspector.applied(), compiled_migrations()));
        for (const std::string& problem : inspector.problems())
            damage(problem);
        for (const SchemaDifference& difference :
             inspector.schema_differences(compiled_migrations()))
            difference.is_damage ? damage(difference.text) : note(difference.text);
        if (!report_.is_sound()) return;
        Connection& connection = inspector.connection();
        if (applied == known)
            check_rows(connection);
        else
            report_.users =
                static_cast<std::uint64_t>(connection.number("SELECT count(*) FROM users"));
    }

    void note_surroundings(const DatabaseInspector& inspector) {
        for (std::string& problem : problems_of_place(files_, path_))
            report_.findings.push_back({Finding::Kind::note, std::move(problem)});
        if (is_being_replaced(files_, path_))
            note("another store was chosen to replace it; the next start puts it in place");
        if (!inspector.was_closed())
            note("was not closed by the last process that wrote it; the next start checks it");
    }

    // What SQLite cannot know to be wrong.
    void check_rows(Connection& connection) {
        const StoreTotals totals = read_totals(connection);
        damage(problem_of(totals));
        std::uint64_t admins = 0;
        read_users(connection, [&](const User& user, const FoldedLogins& folded) {
            ++report_.users;
            if (user.role == Role::admin && !user.disabled) ++admins;
            damage(problem_of(user, folded, totals));
        });
        damage(problem_of_rows(connection));
        read_sessions(connection,
                      [&](const Session& session) { damage(problem_of(session, totals)); });
        if (report_.users > 0 && admins == 0) note("has no administrator");
    }

    FileSystem& files_;
    std::string path_;
    StoreReport report_;
};

// What the next start makes of a database in whose change a program was killed: a copy is rolled
// back and checked. Beside the database, where a start removes what a kill leaves of it.
StoreReport check_rolled_back(FileSystem& files, const std::string& path) {
    namespace fs = std::filesystem;
    constexpr std::array kEndings = {"", "-journal"};
    const std::string copy = path + ".new-" + random_name();
    const auto remove_copy = [&files](const std::string* name) {
        for (const char* ending : {"", "-journal", "-wal", "-shm"})
            (void)files.remove(*name + ending);
    };
    const std::unique_ptr<const std::string, decltype(remove_copy)> removed(&copy, remove_copy);
    std::error_code error;
    for (const char* ending : kEndings) {
        const auto before = files.info(path + ending);
        if (!error) fs::copy_file(path + ending, copy + ending, error);
        const auto after = files.info(path + ending);
        if (!error && (!before || !after || !after->is_unchanged(*before)))
            throw StartupError(Errc::store_unavailable,
                               path + ": another program is changing it; try again");
    }
    const std::string unfinished =
        path + "-journal: a change was not finished; the next start rolls it back";
    if (error) return {{{Finding::Kind::note, unfinished + ", and checks the rest"}}, 0};
    undo_unfinished_change(files, copy);
    StoreReport report = Check(files, copy).run();
    for (Finding& finding : report.findings)
        for (auto at = finding.text.find(copy); at != std::string::npos;
             at = finding.text.find(copy, at + path.size()))
            finding.text.replace(at, copy.size(), path);
    report.findings.insert(report.findings.begin(), {Finding::Kind::note, unfinished});
    return report;
}

class NothingToRepair final : public StoreRepair {
  public:
    const std::vector<std::string>& steps() const override { return steps_; }
    void carry_out() override {}

  private:
    std::vector<std::string> steps_;
};

}  // namespace

StoreReport check_database(const std::string& path, FileSystem& files) {
    const std::string real = real_path_of(files, path);
    if (has_unfinished_change(files, real)) return check_rolled_back(files, real);
    return Check(files, real).run();
}

std::unique_ptr<StoreRepair> plan_database_repair(const std::string& path,
                                                  std::shared_ptr<FileSystem> files) {
    const std::string real = real_path_of(*files, path);
    const auto lock = lock_for_writing(*files, real);
    finish_replacement(*files, sqlite_store_files(real));
    const StoreReport report = Check(*files, real).run();
    if (report.is_sound()) return std::make_unique<NothingToRepair>();
    throw StartupError(Errc::store_damaged,
                       report.first_damage()->text +
                           "; roster cannot repair a database. Restore a backup (and remove " +
                           real + "-wal and -shm), or save what can be read: sqlite3 " + real +
                           " .recover | sqlite3 new.db, then `roster check sqlite:new.db`");
}

std::string problem_of(const StoreTotals& totals) {
    if (totals.revision > kMaxNumber) return "the table meta has an invalid revision";
    if (!is_number(totals.next_user_id) || !is_number(totals.next_session_id))
        return "the table meta has an invalid next id";
    return {};
}

std::string problem_of(const User& user, const FoldedLogins& folded, const StoreTotals& totals) {
    return named("user", user.id, wrong_with(user, folded, totals));
}

std::string problem_of(const Session& session, const StoreTotals& totals) {
    return named("session", session.id, wrong_with(session, totals));
}

std::string problem_of_rows(Connection& connection) {
    Query broken = connection.query("PRAGMA foreign_key_check");
    if (broken.step())
        return "row " + std::to_string(broken.number(1)) + " of the table " +
               std::string(broken.text(0)) + " refers to a missing row";
    // No index of one column can see that.
    Query shared = connection.query(
        "SELECT a.id, b.id FROM users a JOIN users b ON b.email_folded = a.username_folded "
        "WHERE a.username_folded IS NOT NULL AND a.id <> b.id");
    if (!shared.step()) return {};
    return "user " + std::to_string(shared.number(0)) + " has the e-mail of user " +
           std::to_string(shared.number(1)) + " as username";
}

}  // namespace roster::storage
