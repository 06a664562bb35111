#include "storage/maintenance.hpp"

#include "core/files/posix_file_system.hpp"
#include "storage/core/store_url.hpp"
#include "storage/json/json_check.hpp"
#include "storage/json/json_repair.hpp"
#include "storage/sqlite_store.hpp"

#include <algorithm>

namespace roster::storage {

bool StoreReport::is_sound() const noexcept {
    return std::none_of(findings.begin(), findings.end(), [](const Finding& finding) {
        return finding.kind == Finding::Kind::damage;
    });
}

StoreReport check_store(std::string_view url) {
    const StoreUrl store = parse_store_url(url);
    if (store.kind == StoreUrl::Kind::memory) return {};
    if (store.kind == StoreUrl::Kind::sqlite)
        return check_sqlite_store(store.path, make_posix_file_system());
    return check_json_store(store.path, *make_posix_file_system());
}

std::unique_ptr<StoreRepair> plan_repair(std::string_view url) {
    const StoreUrl store = parse_store_url(url);
    if (store.kind == StoreUrl::Kind::memory)
        throw StartupError(Errc::invalid_request, "memory: has nothing that could be repaired");
    if (store.kind == StoreUrl::Kind::sqlite)
        return plan_sqlite_repair(store.path, make_posix_file_system());
    return plan_json_repair(store.path, make_posix_file_system());
}

}  // namespace roster::storage
