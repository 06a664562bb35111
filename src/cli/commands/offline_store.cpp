#include "cli/commands/offline_store.hpp"

#include "cli/commands/open.hpp"
#include "cli/io/replaced_file.hpp"
#include "core/files/posix_file_system.hpp"
#include "storage/core/store_url.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace roster::cli {

bool is_store_missing(const std::string& url) {
    const std::string path = storage::parse_store_url(url).path;
    if (path.empty()) return false;
    const auto files = make_posix_file_system();
    // Before the first snapshot there is only a journal, and before a replacement is finished only
    // what says so.
    for (const char* ending : {"", ".journal", ".replacing"}) {
        const auto info = files->info(path + ending);
        if (info || !is_not_found(info.error())) return false;
    }
    return true;
}

bool belongs_to_store(const std::string& file, const std::string& url) {
    const std::string store = storage::parse_store_url(url).path;
    if (store.empty()) return false;
    const auto endings = {"",      ".journal", ".journal.next", ".sessions", ".replacing",
                          ".lock", ".audit",   "-wal",          "-shm"};
    return std::any_of(endings.begin(), endings.end(),
                       [&](const char* ending) { return is_same_path(file, store + ending); });
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
