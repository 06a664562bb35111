#include "storage/sqlite/sqlite_store.hpp"

#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/database_inspector.hpp"
#include "storage/sqlite/rows.hpp"

#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

void refuse(const std::string& problem) {
    if (!problem.empty()) throw std::runtime_error(problem + "; `roster check` shows all of it");
}

class SqliteReader final : public StoreReader {
  public:
    SqliteReader(std::string path, std::unique_ptr<DatabaseInspector> inspector)
        : path_(std::move(path)), inspector_(std::move(inspector)) {
        reading([this](Connection& connection) {
            // If another program, such as a shell, writes meanwhile, that does not show here.
            moment_.emplace(connection);
            totals_ = read_totals(connection);
            refuse(problem_of(totals_));
            refuse(problem_of_rows(connection));
        });
    }

    const StoreTotals& totals() const override { return totals_; }

    void users(const TakeUser& take) override {
        reading([&](Connection& connection) {
            read_users(connection, [&](const User& user, const FoldedLogins& folded) {
                refuse(problem_of(user, folded, totals_));
                take(user, {});
            });
        });
    }

    void sessions(const TakeSession& take) override {
        reading([&](Connection& connection) {
            read_sessions(connection, [&](const Session& session) {
                refuse(problem_of(session, totals_));
                take(session);
            });
        });
    }

    void limiter_records(const TakeLimiterRecord& take) override {
        reading([&](Connection& connection) {
            for (const LimiterRecord& record :
                 storage::limiter_records(connection, std::chrono::sys_seconds::min()))
                take(record);
        });
    }

  private:
    template <class Read>
    void reading(Read read) {
        translate_startup_errors(path_, "read", [&] { read(inspector_->connection()); });
        if (inspector_->was_disturbed())
            throw StartupError(Errc::store_unavailable,
                               path_ + ": a server started while it was read; try again");
    }

    std::string path_;
    std::unique_ptr<DatabaseInspector> inspector_;
    std::optional<SQLite::Transaction> moment_;
    StoreTotals totals_;
};

// A database in the making is thrown away unless it is finished: it needs neither a journal nor a
// sync before the end.
class SqliteBulkWriter final : public StoreWriter {
  public:
    SqliteBulkWriter(std::string path, OpenOptions options, std::shared_ptr<FileSystem> files)
        : files_(std::move(files)), path_(std::move(path)), options_(std::move(options)) {}

    bool keeps_unknown_members() const override { return false; }

    void begin(const StoreTotals& totals) override {
        writing([&] {
            files_->open(path_, OpenMode::create).value();
            connection_.emplace(path_, Connection::Mode::build);
            connection_->exec("PRAGMA synchronous = OFF");
            connection_->exec("PRAGMA journal_mode = OFF");
            connection_->exec("PRAGMA locking_mode = EXCLUSIVE");
            connection_->exec("PRAGMA cache_size = -65536");
            for (const Migration& migration : compiled_migrations())
                apply_up(*connection_, migration, options_.now());
            connection_->exec("BEGIN EXCLUSIVE");
            write_totals(*connection_, StoreTotals(), totals);
        });
    }

    void put(const User& user, std::string_view) override {
        writing([&] { insert_user(*connection_, user); });
    }
    void put(const Session& session) override {
        writing([&] { write_step(*connection_, session); });
    }
    void put(const LimiterRecord& record) override {
        writing([&] { write_step(*connection_, record); });
    }

    void finish() override {
        writing([&] {
            connection_->exec("COMMIT");
            connection_.reset();
            files_->open(path_, OpenMode::read).value()->sync().value();
            files_->sync_directory(directory_of(path_)).value();
        });
    }

  private:
    template <class Call>
    void writing(Call call) {
        translate_startup_errors(path_, "written", call);
    }

    std::shared_ptr<FileSystem> files_;
    std::string path_;
    OpenOptions options_;
    std::optional<Connection> connection_;
};

std::unique_ptr<DatabaseInspector> inspect_fully(FileSystem& files, const std::string& path,
                                                 Migrations known) {
    refuse_second_name(path);
    undo_unfinished_change(files, path);
    auto inspector = DatabaseInspector::at(files, path, true);
    if (!inspector) return inspector;
    inspector->refuse_other_version(known);
    inspector->refuse_other_schema(known);
    inspector->refuse_damage();
    return inspector;
}

}  // namespace

std::unique_ptr<StoreReader> read_sqlite_store(const std::string& path, const std::string& scratch,
                                               const OpenOptions& options,
                                               const std::shared_ptr<FileSystem>& files) {
    const Migrations known = compiled_migrations();
    auto inspector = inspect_fully(*files, path, known);
    if (!inspector) return nullptr;
    const std::size_t applied = inspector->applied().size();
    if (applied < known.size()) {
        translate_startup_errors(path, "copied", [&] {
            copy_database(*files, inspector->connection(), scratch, scratch);
            Connection copy(scratch, Connection::Mode::build);
            for (const Migration& migration : known.subspan(applied))
                apply_up(copy, migration, options.now());
        });
        inspector = inspect_fully(*files, scratch, known);
    }
    return std::make_unique<SqliteReader>(path, std::move(inspector));
}

std::unique_ptr<StoreReader> read_served_sqlite_store(const std::string& path,
                                                      const std::shared_ptr<FileSystem>& files) {
    auto inspector = inspect_shared(*files, path);
    if (!inspector) return nullptr;
    return std::make_unique<SqliteReader>(path, std::move(inspector));
}

std::unique_ptr<StoreWriter> make_sqlite_store(const std::string& path, const OpenOptions& options,
                                               std::shared_ptr<FileSystem> files) {
    return std::make_unique<SqliteBulkWriter>(path, options, std::move(files));
}

bool copy_sqlite_store(const std::string& path, const std::string& to, const PagesCopied& tell,
                       const std::shared_ptr<FileSystem>& files) {
    return read_undisturbed(*files, path, [&](DatabaseInspector& inspector) {
        translate_startup_errors(
            path, "copied", [&] { copy_database(*files, inspector.connection(), to, to, tell); });
    });
}

StoreFiles sqlite_store_files(std::string path) {
    return {std::move(path), {}, {"-wal", "-shm", "-journal"}};
}

}  // namespace roster::storage
