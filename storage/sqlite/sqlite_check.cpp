#include "storage/sqlite/sqlite_check.hpp"

#include "core/files/temporary_lock.hpp"
#include "storage/sqlite/database_file.hpp"
#include "storage/sqlite/email_search_index.hpp"
#include "storage/sqlite/row_problems.hpp"
#include "storage/sqlite/session_rows.hpp"
#include "storage/sqlite/sqlite_fault.hpp"
#include "storage/sqlite/sqlite_reader.hpp"
#include "storage/sqlite/user_rows.hpp"

#include <SQLiteCpp/Exception.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace roster::storage {
namespace {

std::vector<Finding>::const_iterator first_damage(const StoreReport& report) {
    return std::find_if(report.findings.begin(), report.findings.end(), [](const Finding& finding) {
        return finding.kind == Finding::Kind::damage;
    });
}

bool is_damaged(const StoreReport& report) {
    return first_damage(report) != report.findings.end();
}

class Check {
  public:
    Check(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

    // Nothing where somebody serves it; it can be looked over all the same.
    StoreReport run(bool is_alone) {
        try {
            const auto read_locked = DatabaseInspector::at(files_, path_, is_alone);
            if (read_locked)
                check(*read_locked);
            else
                note("is not there: an empty store");
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
        report_.findings.push_back({Finding::Kind::damage, path_ + ": " + text});
    }

    void check(DatabaseInspector& read_locked) {
        note_surroundings(read_locked);
        const std::string why = why_not_mine(read_locked.applied(), compiled_migrations());
        if (!why.empty()) damage(why);
        for (const std::string& problem : read_locked.problems())
            damage(problem);
        if (is_damaged(report_)) return;
        // Rows of another version are not those that are read here.
        if (read_locked.applied().size() == compiled_migrations().size())
            check_rows(read_locked.connection());
        else
            report_.users = count_users(read_locked);
    }

    void note_surroundings(const DatabaseInspector& read_locked) {
        constexpr std::uint32_t kOthers = 0077;
        const auto info = files_.info(path_);
        if (info && (info->mode & kOthers) != 0)
            note("other users of this machine may read or write it");
        if (is_being_replaced(files_, path_))
            note("another store was chosen to replace it; the next start puts it in place");
        if (!read_locked.was_closed())
            note("was not closed by whoever wrote it last; the next start checks it");
        const std::size_t known = compiled_migrations().size();
        if (read_locked.applied().size() < known)
            note("is of an older version; the next start applies " +
                 std::to_string(known - read_locked.applied().size()) +
                 " migrations, after a copy; its users can be looked over only then");
    }

    static std::uint64_t count_users(DatabaseInspector& read_locked) {
        if (read_locked.applied().empty()) return 0;
        return static_cast<std::uint64_t>(
            read_locked.connection().number("SELECT count(*) FROM users"));
    }

    // What SQLite cannot know to be wrong.
    void check_rows(Connection& connection) {
        StoreTotals totals;
        totals.revision = read_meta(connection, "revision");
        totals.next_user_id = read_meta(connection, "next_user_id");
        totals.next_session_id = read_meta(connection, "next_session_id");
        find_wrong(problem_of(totals));
        std::uint64_t admins = 0;
        read_users(connection, [&](const User& user, std::string_view email_folded) {
            ++report_.users;
            if (user.role == Role::admin && !user.disabled) ++admins;
            find_wrong(problem_of(user, email_folded, totals));
        });
        check_pairs(connection);
        check_sessions(connection, totals);
        if (report_.users > 0 && admins == 0) note("has no administrator");
        const std::string problem = problem_of_email_search(connection);
        if (!problem.empty())
            damage(problem + "; `roster migrate down --to 3` and `up` make the index anew");
    }

    // Rules of the schema that only hold as long as nobody has switched them off.
    void check_pairs(Connection& connection) {
        Query twice =
            connection.query("SELECT max(id) FROM users GROUP BY email_folded HAVING count(*) > 1");
        while (twice.step())
            damage("user " + std::to_string(twice.number(0)) + " has another user's e-mail");
        const std::string widowed = problem_of_references(connection);
        if (!widowed.empty()) damage(widowed);
    }

    void check_sessions(Connection& connection, const StoreTotals& totals) {
        constexpr std::size_t kPage = 1000;
        SessionId after = 0;
        for (auto page = list_sessions(connection, after, kPage); !page.empty();
             page = list_sessions(connection, after, kPage)) {
            for (const Session& session : page)
                find_wrong(problem_of(session, totals));
            after = page.back().id;
        }
    }

    void find_wrong(const std::string& problem) {
        if (!problem.empty()) damage(problem);
    }

    FileSystem& files_;
    std::string path_;
    StoreReport report_;
};

class NothingToRepair final : public StoreRepair {
  public:
    const std::vector<std::string>& steps() const override { return steps_; }
    void carry_out() override {}

  private:
    std::vector<std::string> steps_;
};

// Who looks must not wait for who serves: the lock is only asked for.
std::unique_ptr<FileLock> try_lock(FileSystem& files, const std::string& path) {
    if (!files.info(path + ".lock")) return nullptr;
    try {
        return lock_for_writing(files, path);
    } catch (const StartupError&) {
        return nullptr;
    }
}

}  // namespace

StoreReport check_database(const std::string& path, FileSystem& files) {
    const std::string real = real_path_of(files, path);
    const bool is_lockable = files.info(real + ".lock").has_value();
    const auto lock = try_lock(files, real);
    return Check(files, real).run(lock != nullptr || !is_lockable);
}

std::unique_ptr<StoreRepair> plan_database_repair(const std::string& path,
                                                  std::shared_ptr<FileSystem> files) {
    const std::string real = real_path_of(*files, path);
    const auto lock = lock_for_writing(*files, real);
    finish_replacement(*files, sqlite_store_files(real));
    const StoreReport report = Check(*files, real).run(true);
    if (!is_damaged(report)) return std::make_unique<NothingToRepair>();
    throw StartupError(
        Errc::store_damaged,
        first_damage(report)->text +
            "; roster cannot repair a database. Put a backup in its place (and remove " + real +
            "-wal and -shm), or save what can be read: sqlite3 " + real +
            " .recover | sqlite3 new.db, then `roster check sqlite:new.db`");
}

}  // namespace roster::storage
