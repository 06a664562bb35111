#include "storage/core/store_url.hpp"

#include <roster/error.hpp>

#include "core/text.hpp"

namespace roster::storage {

StoreUrl parse_store_url(std::string_view url) {
    constexpr std::string_view kJson = "json:";
    constexpr std::string_view kSqlite = "sqlite:";
    if (url == "memory:") return {StoreUrl::Kind::memory, {}};
    if (url.starts_with(kJson) && url.size() > kJson.size())
        return {StoreUrl::Kind::json, std::string(url.substr(kJson.size()))};
    if (url.starts_with(kSqlite) && url.size() > kSqlite.size())
        return {StoreUrl::Kind::sqlite, std::string(url.substr(kSqlite.size()))};
    throw StartupError(Errc::invalid_request,
                       "'" + printable(url) +
                           "' names no store; it must be json:PATH (json:users.json), sqlite:PATH "
                           "(sqlite:roster.db) "
                           "or memory:");
}

}  // namespace roster::storage
