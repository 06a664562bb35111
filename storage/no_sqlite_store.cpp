// Built where storage/sqlite/ is not.

#include "storage/sqlite_store.hpp"

namespace roster::storage {
namespace {

[[noreturn]] void say_what_is_missing() {
    throw StartupError(Errc::invalid_request,
                       "this roster was built without SQLite; install SQLiteCpp and SQLite 3 "
                       "(Debian: libsqlitecpp-dev libsqlite3-dev) and build it again with "
                       "-DROSTER_WITH_SQLITE=ON");
}

}  // namespace

std::unique_ptr<Backend> open_sqlite_store(const std::string&, OpenOptions,
                                           std::shared_ptr<FileSystem>) {
    say_what_is_missing();
}

StoreReport check_sqlite_store(const std::string&, std::shared_ptr<FileSystem>) {
    say_what_is_missing();
}

std::unique_ptr<StoreRepair> plan_sqlite_repair(const std::string&, std::shared_ptr<FileSystem>) {
    say_what_is_missing();
}

std::vector<SchemaVersion> sqlite_schema(const std::string&, std::shared_ptr<FileSystem>) {
    say_what_is_missing();
}

std::vector<std::string> migrate_sqlite(const std::string&, const MigrationGoal&, OpenOptions,
                                        std::shared_ptr<FileSystem>) {
    say_what_is_missing();
}

std::unique_ptr<StoreReader> read_database_store(const std::string&, const std::string&,
                                                 const OpenOptions&,
                                                 const std::shared_ptr<FileSystem>&) {
    say_what_is_missing();
}

std::unique_ptr<StoreWriter> make_database_store(const std::string&, const OpenOptions&,
                                                 std::shared_ptr<FileSystem>) {
    say_what_is_missing();
}

bool copy_database_store(const std::string&, bool, const std::string&,
                         const std::function<void(std::uint64_t, std::uint64_t)>&,
                         const std::shared_ptr<FileSystem>&) {
    say_what_is_missing();
}

StoreFiles database_store_files(std::string) {
    say_what_is_missing();
}

}  // namespace roster::storage
