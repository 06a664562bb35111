#include "cli/commands/offline_store.hpp"

#include "cli/commands/open.hpp"
#include "cli/io/replaced_file.hpp"
#include "core/files/posix_file_system.hpp"
#include "storage/drivers.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace roster::cli {

bool is_store_missing(const std::string& url) {
    const storage::StoreFiles store = storage::store_files(url);
    return !store.main.empty() && !storage::store_exists(*make_posix_file_system(), store);
}

bool belongs_to_store(const std::string& file, const std::string& url) {
    const storage::StoreFiles store = storage::store_files(url);
    if (store.main.empty()) return false;
    const auto paths = store.paths();
    return std::any_of(paths.begin(), paths.end(),
                       [&](const std::string& path) { return is_same_path(file, path); });
}

std::unique_ptr<Store> open_offline_store(const std::string& url, const std::string& instead,
                                          std::optional<passwords::HashCost> cost) {
    auto log = make_log("info");
    try {
        if (cost) return open_accounts_store(url, std::move(log), *cost);
        OpenOptions options;
        options.log = std::move(log);
        return open_store(url, std::move(options));
    } catch (const StartupError& error) {
        if (error.code() != Errc::store_locked) throw;
        throw StartupError(Errc::store_locked, std::string(error.what()) + ", or " + instead);
    }
}

}  // namespace roster::cli
