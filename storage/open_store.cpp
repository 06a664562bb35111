#include <roster/store.hpp>

#include "core/files/file_system.hpp"
#include "storage/core/async_store.hpp"
#include "storage/drivers.hpp"

#include <utility>

namespace roster {

std::unique_ptr<Store> open_store(std::string_view url, OpenOptions options) {
    const storage::StoreUrl store = storage::parse_store_url(url);
    options = storage::with_clock(std::move(options));
    auto backend = store.driver->open(store.path, options, make_posix_file_system());
    return std::make_unique<storage::AsyncStore>(std::move(backend), options.log);
}

}  // namespace roster
