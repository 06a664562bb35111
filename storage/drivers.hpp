#pragma once

// The table of drivers: how each kind of store is opened, checked, repaired, copied and migrated.
// Nothing else asks which kind of store a URL names; a new kind of store is one row in drivers.cpp.

#include <roster/store_types.hpp>

#include "core/files/file_system.hpp"
#include "storage/core/backend.hpp"
#include "storage/core/bulk.hpp"
#include "storage/core/maintenance.hpp"
#include "storage/core/store_files.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

using Files = std::shared_ptr<FileSystem>;

/// A kind of store. Functions may be null where a kind has nothing of the sort. Paths are what
/// follows the scheme, and real paths (links resolved) for `files_of` and all below it.
///
/// Throws, every function: `StartupError`.
struct Driver {
    /// "json"
    std::string_view scheme;
    /// For messages: "json:PATH (json:users.json)".
    std::string_view usage;

    /// Locks the store for writing.
    std::unique_ptr<Backend> (*open)(const std::string& path, const OpenOptions&, Files) = nullptr;
    /// Takes no lock, starts no thread, hashes nothing; a server may write meanwhile.
    std::unique_ptr<StoreView> (*open_view)(const std::string& path, const OpenOptions&,
                                            Files) = nullptr;
    StoreReport (*check)(const std::string& path, Files) = nullptr;
    std::unique_ptr<StoreRepair> (*plan_repair)(const std::string& path, Files) = nullptr;
    std::vector<SchemaVersion> (*schema)(const std::string& path, Files) = nullptr;
    std::vector<std::string> (*migrate)(const std::string& path, const MigrationGoal&,
                                        const OpenOptions&, Files) = nullptr;

    /// The files of the store; null for a store without files.
    StoreFiles (*files_of)(std::string path) = nullptr;
    /// Requires: the store's lock. `scratch`: for a temporary file, which the caller removes.
    /// `nullptr` if there is no store.
    std::unique_ptr<StoreReader> (*read)(const std::string& path, const std::string& scratch,
                                         const OpenOptions&, const Files&) = nullptr;
    /// As `read`, without a lock: what is committed at one moment. A server may write meanwhile, or
    /// start.
    std::unique_ptr<StoreReader> (*read_shared)(const std::string& path, const OpenOptions&,
                                                const Files&) = nullptr;
    /// Requires: nothing is at `path`. Of a store without files: replaces its contents.
    std::unique_ptr<StoreWriter> (*make)(const std::string& path, const OpenOptions&,
                                         Files) = nullptr;
    /// A faster way than `read_shared` and `make` to copy a store to `to`, where nothing is.
    /// Takes no lock. False if there is no store.
    bool (*copy)(const std::string& path, const std::string& to, const PagesCopied&,
                 const Files&) = nullptr;
    /// The first bytes of a file of this kind; empty: of any other file.
    std::string_view magic = {};
    /// Whether something follows the scheme.
    bool has_path = true;
    /// Its URL for people; null if that is the scheme and the path.
    std::string (*shown_url)(const std::string& path) = nullptr;

    bool has_files() const noexcept { return files_of != nullptr; }
    std::string url(const std::string& path) const {
        return shown_url != nullptr ? shown_url(path) : std::string(scheme) + ":" + path;
    }
};

/// Every kind of store of this program.
std::span<const Driver> drivers() noexcept;

struct StoreUrl {
    const Driver* driver = nullptr;
    std::string path;
};

/// Throws: `StartupError` with `invalid_request`, and the kinds of stores that there are.
StoreUrl parse_store_url(std::string_view url);

/// Whether a text begins with the scheme of a store.
bool is_store_url(std::string_view text) noexcept;

/// The files that a URL names, links resolved; `main` is empty for a store without files.
/// Throws: as `parse_store_url`, and with `store_unavailable`.
StoreFiles store_files(std::string_view url);

/// Where the audit log of a store is by default: beside its file; empty for none.
/// Throws: as `store_files`.
std::string default_audit_path(std::string_view url);

/// Where the admin socket of a store's server is by default: beside its file; empty for none.
/// Throws: as `store_files`.
std::string default_socket_path(std::string_view url);

/// A store for reading alone: takes no lock, starts no thread, hashes nothing.
///
/// Throws: as `open_store`; with `store_unavailable` also if there is no store.
std::unique_ptr<StoreView> open_store_view(std::string_view url, OpenOptions options);

/// Finds what is wrong with a store that no server uses; changes nothing.
///
/// Throws: `StartupError` with `invalid_request` or `store_unavailable`.
StoreReport check_store(std::string_view url);

/// Plans a repair; changes nothing. The store stays locked until the plan is destroyed.
///
/// Throws: `StartupError` with `store_locked`, `invalid_request` or `store_unavailable`.
std::unique_ptr<StoreRepair> plan_repair(std::string_view url);

/// In order; empty if this kind of store has no versions. Changes nothing.
///
/// Throws: `StartupError` with `invalid_request`, `store_damaged` or `store_unavailable`.
std::vector<SchemaVersion> schema_of(std::string_view url);

/// Returns what was done, for people. Throws: as `schema_of`, and with `store_locked`.
std::vector<std::string> migrate_store(std::string_view url, const MigrationGoal& goal);

/// With the system's clock if it has none.
OpenOptions with_clock(OpenOptions options);

}  // namespace roster::storage
