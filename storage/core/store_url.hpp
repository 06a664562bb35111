#pragma once

// The names of stores: `json:PATH`, `sqlite:PATH`, `memory:`.

#include <string>
#include <string_view>

namespace roster::storage {

struct StoreUrl {
    enum class Kind { json, sqlite, memory };

    Kind kind = Kind::memory;
    std::string path;
};

/// Throws: `StartupError` with `invalid_request`.
StoreUrl parse_store_url(std::string_view url);

}  // namespace roster::storage
