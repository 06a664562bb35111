#include "storage/store_url.hpp"

#include <roster/error.hpp>

#include "vocabulary/text.hpp"

namespace roster::storage {

StoreUrl parse_store_url(std::string_view url) {
    constexpr std::string_view kJson = "json:";
    if (url == "memory:") return {StoreUrl::Kind::memory, {}};
    if (url.starts_with(kJson) && url.size() > kJson.size())
        return {StoreUrl::Kind::json, std::string(url.substr(kJson.size()))};
    throw StartupError(Errc::invalid_request,
                       "'" + printable(url) +
                           "' names no store; it must be json:PATH (json:users.json) or memory:");
}

}  // namespace roster::storage
