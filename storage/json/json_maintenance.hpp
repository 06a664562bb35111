#pragma once

// What is wrong with a JSON store, all of it, with places; and a repair that takes the users and
// sessions that can be read, and names the rest.

#include "core/diagnostic.hpp"
#include "core/files/file_system.hpp"
#include "storage/core/maintenance.hpp"
#include "storage/json/users_document.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// What can be read of a users file, damaged or not.
struct RecoveredUsers {
    struct User {
        FileUser user;
        /// Where the tokens of the user are counted from.
        std::size_t base = 0;
    };

    std::vector<User> users;
    std::vector<Diagnostic> lost;
    UsersFileHeader header;
};

RecoveredUsers recover_users(std::string_view text);

/// Throws: `StartupError` with `store_unavailable`.
StoreReport check_json_store(const std::string& path, FileSystem& files);

/// Throws: `StartupError` with `store_locked` or `store_unavailable`.
std::unique_ptr<StoreRepair> plan_json_repair(const std::string& path,
                                              std::shared_ptr<FileSystem> files);

}  // namespace roster::storage
