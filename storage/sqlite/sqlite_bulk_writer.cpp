// The half of sqlite_contents.hpp that writes.

#include "storage/core/user_transaction.hpp"
#include "storage/memory/session_index.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/email_search_index.hpp"
#include "storage/sqlite/session_rows.hpp"
#include "storage/sqlite/sqlite_fault.hpp"
#include "storage/sqlite/sqlite_reader.hpp"
#include "storage/sqlite/user_rows.hpp"

#include <SQLiteCpp/Exception.h>

#include <optional>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

// What is being made is thrown away where it is not finished: it needs neither a journal nor a sync
// before the end, and its indexes are quicker made of rows that are there.
class SqliteMaker final : public StoreWriter {
  public:
    SqliteMaker(std::string path, OpenOptions options, std::shared_ptr<FileSystem> files)
        : files_(std::move(files)), path_(std::move(path)), options_(std::move(options)) {}

    bool keeps_unknown_members() const override { return false; }

    void begin(const StoreTotals& totals) override {
        const auto file = files_->open(path_, OpenMode::create);
        if (!file) fail(file.error());
        writing([&] {
            connection_.emplace(path_, Connection::Mode::make);
            connection_->run("PRAGMA synchronous = OFF");
            connection_->run("PRAGMA journal_mode = OFF");
            connection_->run("PRAGMA locking_mode = EXCLUSIVE");
            connection_->run("PRAGMA cache_size = -65536");
            for (const Migration& migration : compiled_migrations())
                apply_up(*connection_, migration, options_.now());
            connection_->run("BEGIN EXCLUSIVE");
            drop_indexes();
            write_meta(*connection_, "revision", totals.revision);
            write_meta(*connection_, "next_user_id", totals.next_user_id);
            write_meta(*connection_, "next_session_id", totals.next_session_id);
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
            for (const std::string& index : indexes_)
                connection_->run(index);
            EmailSearchChanges search(*connection_, 0);
            search.write(read_meta(*connection_, "next_user_id") - 1);
            connection_->run("COMMIT");
            connection_.reset();
        });
        const auto file = files_->open(path_, OpenMode::read);
        if (!file) fail(file.error());
        const auto synced = (*file)->sync();
        if (!synced) fail(synced.error());
        const auto found = files_->sync_directory(directory_of(path_));
        if (!found) fail(found.error());
    }

  private:
    [[noreturn]] void fail(const boost::system::error_code& error) const {
        throw StartupError(Errc::store_unavailable,
                           path_ + ": cannot be written: " + error.message());
    }

    template <class Call>
    void writing(Call call) {
        try {
            call();
        } catch (const SQLite::Exception& error) {
            throw StartupError(Errc::store_unavailable,
                               path_ + ": cannot be written: " + text_of(error));
        }
    }

    void drop_indexes() {
        std::vector<std::string> names;
        {
            Query query = connection_->query(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL "
                "ORDER BY rootpage");
            while (query.step()) {
                names.emplace_back(query.text(0));
                indexes_.emplace_back(query.text(1));
            }
        }
        for (const std::string& name : names)
            connection_->run("DROP INDEX \"" + name + "\"");
    }

    std::shared_ptr<FileSystem> files_;
    std::string path_;
    OpenOptions options_;
    std::optional<Connection> connection_;
    // As SQL.
    std::vector<std::string> indexes_;
};

}  // namespace

std::unique_ptr<StoreWriter> make_sqlite_store(const std::string& path, const OpenOptions& options,
                                               std::shared_ptr<FileSystem> files) {
    return std::make_unique<SqliteMaker>(path, options, std::move(files));
}

}  // namespace roster::storage
