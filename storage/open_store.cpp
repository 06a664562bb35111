#include <roster/store.hpp>

#include "storage/async_store.hpp"
#include "storage/json/json_backend.hpp"
#include "storage/memory/memory_backend.hpp"
#include "storage/posix_file_system.hpp"
#include "vocabulary/text.hpp"

#include <string>
#include <utility>

namespace roster {
namespace {

using namespace storage;

constexpr std::string_view kJson = "json:";

std::unique_ptr<Backend> open_backend(std::string_view url, const OpenOptions& options) {
    if (url == "memory:") return make_memory_backend(options.now);
    if (url.starts_with(kJson) && url.size() > kJson.size())
        return open_json_backend(std::string(url.substr(kJson.size())), options,
                                 make_posix_file_system());
    throw StartupError(Errc::invalid_request,
                       "'" + printable(url) +
                           "' names no store; it must be json:PATH (json:users.json) or memory:");
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
