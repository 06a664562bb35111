#pragma once

// Where a store lies that is measured, and of what kind it is.

#include <cstdint>
#include <string>

namespace roster::bench {

enum class StoreKind { json, sqlite };

struct StorePlace {
    StoreKind kind = StoreKind::json;
    std::string directory;
    std::uint64_t users = 0;

    std::string scheme() const { return kind == StoreKind::json ? "json" : "sqlite"; }
    /// The file that a store's URL names.
    std::string file() const {
        return directory + (kind == StoreKind::json ? "/users.json" : "/roster.db");
    }
    std::string url() const { return scheme() + ":" + file(); }
};

}  // namespace roster::bench
