#include "storage/sqlite/sqlite_reader.hpp"

#include "storage/sqlite/database_copy.hpp"
#include "storage/sqlite/database_file.hpp"
#include "storage/sqlite/row_problems.hpp"
#include "storage/sqlite/session_rows.hpp"
#include "storage/sqlite/sqlite_fault.hpp"
#include "storage/sqlite/translate_startup_errors.hpp"
#include "storage/sqlite/user_rows.hpp"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

class SqliteContents final : public StoreReader {
  public:
    SqliteContents(std::string path, std::unique_ptr<DatabaseInspector> read_locked)
        : path_(std::move(path)), look_(std::move(read_locked)) {
        translate_startup_errors(path_, "read", [this] { read_totals(); });
    }

    const StoreTotals& totals() const override { return totals_; }

    void users(const TakeUser& take) override {
        translate_startup_errors(path_, "read", [&] {
            read_users(look_->connection(), [&](const User& user, std::string_view email_folded) {
                refuse(problem_of(user, email_folded, totals_));
                take(user, {});
            });
        });
    }

    void sessions(const TakeSession& take) override {
        translate_startup_errors(path_, "read", [&] {
            std::vector<Session> page;
            do {
                constexpr std::size_t kPage = 512;
                page = list_sessions(look_->connection(), page.empty() ? 0 : page.back().id, kPage);
                for (const Session& session : page) {
                    refuse(problem_of(session, totals_));
                    take(session);
                }
            } while (!page.empty());
        });
    }

    void throttle(const TakeThrottle& take) override {
        auto records = translate_startup_errors(path_, "read", [&] {
            return limiter_records(look_->connection(), std::chrono::sys_seconds::min());
        });
        std::sort(records.begin(), records.end(),
                  [](const auto& a, const auto& b) { return a.key < b.key; });
        std::for_each(records.begin(), records.end(), take);
    }

  private:
    static void refuse(const std::string& problem) {
        if (!problem.empty())
            throw std::runtime_error(problem + "; `roster check` shows all of it");
    }

    void read_totals() {
        Connection& connection = look_->connection();
        // Whoever writes beside us, a shell, writes into another moment.
        connection.run("BEGIN");
        totals_.users = static_cast<std::uint64_t>(connection.number("SELECT count(*) FROM users"));
        totals_.sessions = count_sessions(connection);
        totals_.revision = read_meta(connection, "revision");
        totals_.next_user_id = read_meta(connection, "next_user_id");
        totals_.next_session_id = read_meta(connection, "next_session_id");
        refuse(problem_of(totals_));
        refuse(problem_of_references(connection));
    }

    std::string path_;
    std::unique_ptr<DatabaseInspector> look_;
    StoreTotals totals_;
};

std::unique_ptr<DatabaseInspector> look_over(FileSystem& files, const std::string& path,
                                             Migrations known) {
    refuse_second_name(path);
    undo_unfinished_change(files, path);
    auto read_locked = DatabaseInspector::at(files, path, true);
    if (!read_locked) return read_locked;
    const std::string why = why_not_mine(read_locked->applied(), known);
    if (!why.empty()) throw StartupError(Errc::store_unavailable, path + ": " + why);
    const auto problems = read_locked->problems();
    if (!problems.empty())
        throw StartupError(Errc::store_damaged, path + ": is damaged: " + problems.front() +
                                                    "; `roster check` shows all of it");
    return read_locked;
}

void bring_up(const std::string& path, std::size_t applied, const OpenOptions& options,
              Migrations known) {
    Connection connection(path, Connection::Mode::make);
    for (const Migration& migration : known.subspan(applied))
        apply_up(connection, migration, options.now());
}

}  // namespace

std::unique_ptr<StoreReader> read_sqlite_store(const std::string& path, const std::string& scratch,
                                               const OpenOptions& options,
                                               const std::shared_ptr<FileSystem>& files,
                                               Migrations known) {
    auto read_locked = look_over(*files, path, known);
    if (!read_locked) return nullptr;
    const std::size_t applied = read_locked->applied().size();
    if (applied < known.size()) {
        translate_startup_errors(path, "copied", [&] {
            copy_database(*files, read_locked->connection(), scratch);
            bring_up(scratch, applied, options, known);
        });
        read_locked = look_over(*files, scratch, known);
    }
    return std::make_unique<SqliteContents>(path, std::move(read_locked));
}

bool copy_sqlite_store(const std::string& path, bool is_alone, const std::string& to,
                       const PagesCopied& tell, const std::shared_ptr<FileSystem>& files) {
    const auto read_locked = DatabaseInspector::at(*files, path, is_alone);
    if (!read_locked) return false;
    translate_startup_errors(path, "copied", [&] {
        Connection& from = read_locked->connection();
        // One read transaction for all of it: what is committed meanwhile neither shows in the copy
        // nor has it begin anew, and a reader of a write-ahead log holds up no writer.
        from.run("BEGIN");
        (void)read_meta(from, "revision");
        make_database(*files, to, [&](Connection& copy) {
            constexpr int kPages = 4096;
            constexpr int kMostRefusals = 500;
            constexpr auto kPause = std::chrono::milliseconds(20);
            copy.run("PRAGMA synchronous = OFF");
            {
                SQLite::Backup backup(copy.database(), from.database());
                for (int refusals = 0;;) {
                    const int outcome = backup.executeStep(kPages);
                    const auto total = static_cast<std::uint64_t>(backup.getTotalPageCount());
                    tell(total - static_cast<std::uint64_t>(backup.getRemainingPageCount()), total);
                    if (outcome == SQLITE_DONE) break;
                    if (outcome == SQLITE_OK) continue;
                    if (++refusals == kMostRefusals)
                        throw std::runtime_error("somebody else keeps it locked");
                    std::this_thread::sleep_for(kPause);
                }
            }
            // The copy stands alone, and was closed by nobody else than us.
            copy.run("PRAGMA journal_mode = DELETE");
            write_meta(copy, "clean_stop", 1);
        });
        from.run("COMMIT");
    });
    return true;
}

StoreFiles sqlite_store_files(std::string path) {
    return {std::move(path), {}, {"-wal", "-shm", "-journal"}};
}

}  // namespace roster::storage
