#include "storage/schema.hpp"

#include "core/files/posix_file_system.hpp"
#include "storage/core/store_url.hpp"
#include "storage/sqlite_store.hpp"

namespace roster::storage {

std::vector<SchemaVersion> schema_of(std::string_view url) {
    const StoreUrl store = parse_store_url(url);
    if (store.kind != StoreUrl::Kind::sqlite) return {};
    return sqlite_schema(store.path, make_posix_file_system());
}

std::vector<std::string> migrate_store(std::string_view url, const MigrationGoal& goal) {
    const StoreUrl store = parse_store_url(url);
    if (store.kind != StoreUrl::Kind::sqlite) return {};
    OpenOptions options;
    options.now = [] {
        return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    };
    return migrate_sqlite(store.path, goal, options, make_posix_file_system());
}

}  // namespace roster::storage
