#include <roster/store.hpp>

#include "core/files/posix_file_system.hpp"
#include "storage/core/async_store.hpp"
#include "storage/core/store_url.hpp"
#include "storage/json/json_backend.hpp"
#include "storage/memory/memory_backend.hpp"
#include "storage/sqlite_store.hpp"

#include <utility>

namespace roster {
namespace {

using namespace storage;

std::unique_ptr<Backend> open_backend(std::string_view url, const OpenOptions& options) {
    const StoreUrl store = parse_store_url(url);
    switch (store.kind) {
        case StoreUrl::Kind::memory: return make_memory_backend(options.now);
        case StoreUrl::Kind::json:
            return open_json_backend(store.path, options, make_posix_file_system());
        case StoreUrl::Kind::sqlite:
            return open_sqlite_store(store.path, options, make_posix_file_system());
    }
    throw StartupError(Errc::internal, "a kind of store that cannot be opened");
}

}  // namespace

std::unique_ptr<Store> open_store(std::string_view url, OpenOptions options) {
    if (!options.now)
        options.now = [] {
            return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        };
    auto backend = open_backend(url, options);
    return std::make_unique<AsyncStore>(std::move(backend), options.log);
}

}  // namespace roster
