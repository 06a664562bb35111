#include "storage/drivers.hpp"

#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "core/text.hpp"
#include "storage/core/async_store.hpp"
#include "storage/core/store_files.hpp"
#include "storage/json/json_maintenance.hpp"
#include "storage/json/json_reader.hpp"
#include "storage/json/json_user_store.hpp"
#include "storage/json/users_loading.hpp"
#include "storage/memory/memory_backend.hpp"
#ifdef ROSTER_WITH_POSTGRES
#include "storage/postgres/postgres_store.hpp"
#endif
#ifdef ROSTER_WITH_SQLITE
#include "storage/sqlite/sqlite_store.hpp"
#endif

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace roster::storage {
namespace {

StoreFiles resolved_files(const StoreUrl& store, FileSystem& files) {
    return store.driver->files_of(real_path_of(files, store.path));
}

// Loads the store into memory: the view of a kind that has no reading connections.
std::unique_ptr<StoreView> open_json_view(const std::string& path, const OpenOptions& options,
                                          Files files) {
    const StoreFiles store = json_store_files(real_path_of(*files, path));
    const std::string url = "json:" + store.main;
    if (!store_exists(*files, store)) throw_missing_store(url);
    const auto reader = read_json_view(store.main, options, *files);
    if (!reader) throw_missing_store(url);
    return load_view(*reader, url, options.now);
}

constexpr Driver kMemory{
    .scheme = "memory",
    .usage = "memory:",
    .open = [](const std::string&, const OpenOptions& options,
               Files) { return make_memory_backend(options.now); },
    .open_view = [](const std::string&, const OpenOptions& options, Files)
        -> std::unique_ptr<StoreView> { return make_memory_backend(options.now); },
    .has_path = false,
};

const Driver kJson{
    .scheme = "json",
    .usage = "json:PATH (json:users.json)",
    .open = open_json_store,
    .open_view = open_json_view,
    .check = [](const std::string& path, Files files) { return check_json_store(path, *files); },
    .plan_repair = plan_json_repair,
    .files_of = json_store_files,
    .read = [](const std::string& path, const std::string&, const OpenOptions& options,
               const Files& files) { return read_json_store(path, options, *files); },
    .read_shared = [](const std::string& path, const OpenOptions& options,
                      const Files& files) { return read_served_json_store(path, options, *files); },
    .make = [](const std::string& path, const OpenOptions&,
               Files files) { return make_json_store(path, std::move(files)); },
};

#ifdef ROSTER_WITH_SQLITE
const Driver kSqlite{
    .scheme = "sqlite",
    .usage = "sqlite:PATH (sqlite:roster.db)",
    .open = [](const std::string& path, const OpenOptions& options,
               Files files) { return open_sqlite_backend(path, options, std::move(files)); },
    .open_view = open_sqlite_view,
    .check = [](const std::string& path, Files files) { return check_database(path, *files); },
    .plan_repair = plan_database_repair,
    .schema = [](const std::string& path,
                 Files files) { return schema_of_database(path, *files, compiled_migrations()); },
    .migrate =
        [](const std::string& path, const MigrationGoal& goal, const OpenOptions& options,
           Files files) {
            return migrate_database(path, goal, options, std::move(files), compiled_migrations());
        },
    .files_of = sqlite_store_files,
    .read = [](const std::string& path, const std::string& scratch, const OpenOptions& options,
               const Files& files) { return read_sqlite_store(path, scratch, options, files); },
    .read_shared = [](const std::string& path, const OpenOptions&,
                      const Files& files) { return read_served_sqlite_store(path, files); },
    .make = make_sqlite_store,
    .copy = copy_sqlite_store,
    .magic = std::string_view("SQLite format 3\0", 16),
};
#endif

#ifdef ROSTER_WITH_POSTGRES
const Driver kPostgres{
    .scheme = "postgres",
    .usage = "postgres://USER@HOST/DATABASE",
    .open = [](const std::string& path, const OpenOptions& options,
               Files) { return open_postgres_backend(path, options); },
    .open_view = [](const std::string& path, const OpenOptions& options,
                    Files) { return open_postgres_view(path, options); },
    .check = [](const std::string& path, Files) { return check_postgres_store(path); },
    .schema = [](const std::string& path, Files) { return schema_of_postgres(path); },
    .migrate = [](const std::string& path, const MigrationGoal& goal, const OpenOptions& options,
                  Files) { return migrate_postgres(path, goal, options); },
    .read = [](const std::string& path, const std::string&, const OpenOptions&,
               const Files&) { return read_postgres_store(path); },
    .read_shared = [](const std::string& path, const OpenOptions&,
                      const Files&) { return read_postgres_store(path); },
    .make = [](const std::string& path, const OpenOptions& options,
               Files) { return make_postgres_store(path, options); },
    .shown_url = postgres_url,
};
#endif

// The first one is the kind of a file that no other kind recognizes.
const std::array kDrivers{
    kJson,
#ifdef ROSTER_WITH_SQLITE
    kSqlite,
#endif
#ifdef ROSTER_WITH_POSTGRES
    kPostgres,
#endif
    kMemory,
};

const Driver* find_driver(std::string_view url) noexcept {
    const std::size_t colon = url.find(':');
    if (colon == std::string_view::npos) return nullptr;
    std::string_view scheme = url.substr(0, colon);
    if (scheme == "postgresql") scheme = "postgres";
    for (const Driver& driver : kDrivers)
        if (driver.scheme == scheme) return &driver;
    return nullptr;
}

std::string all_usages() {
    std::string usages;
    for (const Driver& driver : kDrivers) {
        if (!usages.empty()) usages += &driver == &kDrivers.back() ? " or " : ", ";
        usages += driver.usage;
    }
#ifndef ROSTER_WITH_SQLITE
    usages +=
        "; this roster was built without SQLite (Debian: install libsqlitecpp-dev and "
        "libsqlite3-dev, and build it again with -DROSTER_WITH_SQLITE=ON)";
#endif
#ifndef ROSTER_WITH_POSTGRES
    usages +=
        "; this roster was built without PostgreSQL (Debian: install libpq-dev, and build it again "
        "with -DROSTER_WITH_POSTGRES=ON)";
#endif
    return usages;
}

// What kind of store a file is that has no others beside it; null if it cannot be told.
const Driver* driver_of_lone_file(const StoreFiles& store, FileSystem& files) {
    const auto is_there = [&](const std::string& ending) {
        return bool(files.info(store.main + ending));
    };
    const auto info = files.info(store.main);
    if (!info || !info->is_regular || std::any_of(store.logs.begin(), store.logs.end(), is_there))
        return nullptr;
    const auto file = files.open(store.main, OpenMode::read);
    std::array<char, 64> begin{};
    const auto got = file ? (*file)->read_at(0, begin) : result<std::size_t>(0);
    const std::string_view beginning(begin.data(), got ? *got : 0);
    for (const Driver& driver : kDrivers)
        if (!driver.magic.empty() && beginning.starts_with(driver.magic)) return &driver;
    return beginning.starts_with('{') ? &kJson : nullptr;
}

// A store that is named as one of another kind would be called damaged.
StoreUrl parse_url_of_its_kind(std::string_view url) {
    StoreUrl store = parse_store_url(url);
    if (!store.driver->has_files()) return store;
    const auto files = make_posix_file_system();
    const Driver* const kind = driver_of_lone_file(resolved_files(store, *files), *files);
    if (kind == nullptr || kind->scheme == store.driver->scheme) return store;
    throw StartupError(Errc::store_unavailable,
                       printable(url) + ": is a store of another kind; use " +
                           std::string(kind->scheme) + ":" + printable(store.path));
}

}  // namespace

std::span<const Driver> drivers() noexcept {
    return kDrivers;
}

StoreUrl parse_store_url(std::string_view url) {
    if (const Driver* driver = find_driver(url)) {
        const std::string_view path = url.substr(url.find(':') + 1);
        if (path.empty() != driver->has_path) return {driver, std::string(path)};
    }
    throw StartupError(Errc::invalid_request,
                       "'" + printable(masked_url(url)) + "' names no store; use " + all_usages());
}

bool is_store_url(std::string_view text) noexcept {
    return find_driver(text) != nullptr;
}

StoreFiles store_files(std::string_view url) {
    const StoreUrl store = parse_store_url(url);
    if (!store.driver->has_files()) return {};
    return resolved_files(store, *make_posix_file_system());
}

std::string default_audit_path(std::string_view url) {
    const StoreFiles files = store_files(url);
    return files.main.empty() ? std::string() : files.main + ".audit";
}

std::string default_socket_path(std::string_view url) {
    const StoreFiles files = store_files(url);
    return files.main.empty() ? std::string() : files.main + ".sock";
}

std::unique_ptr<StoreView> open_store_view(std::string_view url, OpenOptions options) {
    const StoreUrl store = parse_url_of_its_kind(url);
    return store.driver->open_view(store.path, with_clock(std::move(options)),
                                   make_posix_file_system());
}

StoreReport check_store(std::string_view url) {
    const StoreUrl store = parse_url_of_its_kind(url);
    if (store.driver->check == nullptr) return {};
    return store.driver->check(store.path, make_posix_file_system());
}

std::unique_ptr<StoreRepair> plan_repair(std::string_view url) {
    const StoreUrl store = parse_url_of_its_kind(url);
    if (store.driver->plan_repair == nullptr)
        throw StartupError(Errc::invalid_request, masked_url(url) +
                                                      " cannot be repaired by roster; what has "
                                                      "been lost is in a backup of it");
    return store.driver->plan_repair(store.path, make_posix_file_system());
}

std::vector<SchemaVersion> schema_of(std::string_view url) {
    const StoreUrl store = parse_store_url(url);
    if (store.driver->schema == nullptr) return {};
    return store.driver->schema(store.path, make_posix_file_system());
}

std::vector<std::string> migrate_store(std::string_view url, const MigrationGoal& goal) {
    const StoreUrl store = parse_store_url(url);
    if (store.driver->migrate == nullptr) return {};
    return store.driver->migrate(store.path, goal, with_clock({}), make_posix_file_system());
}

OpenOptions with_clock(OpenOptions options) {
    if (!options.now)
        options.now = [] {
            return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        };
    return options;
}

}  // namespace roster::storage

namespace roster {

std::unique_ptr<Store> open_store(std::string_view url, OpenOptions options) {
    const storage::StoreUrl store = storage::parse_url_of_its_kind(url);
    options = storage::with_clock(std::move(options));
    auto backend = store.driver->open(store.path, options, make_posix_file_system());
    return std::make_unique<storage::AsyncStore>(std::move(backend), options.log);
}

}  // namespace roster
