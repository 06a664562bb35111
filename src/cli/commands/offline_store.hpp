#pragma once

// What commands that work on a store without a server share.

#include <roster/store.hpp>

#include "passwords/password_hasher.hpp"

#include <memory>
#include <optional>
#include <string>

namespace roster::cli {

/// Whether nothing is where the URL points to. False for stores without a path.
/// Throws: `StartupError` with `invalid_request`.
bool is_store_missing(const std::string& url);

/// Whether a file is one of those that a store keeps.
bool belongs_to_store(const std::string& file, const std::string& url);

/// Opens the store that `url` names, or says how to get at one that a server holds: `instead`
/// follows what the store itself says. Plain passwords in an old book are hashed at this cost;
/// where none is given, such a book is refused.
/// Throws: `StartupError`.
std::unique_ptr<Store> open_offline_store(const std::string& url, const std::string& instead,
                                          std::optional<passwords::HashCost> cost);

}  // namespace roster::cli
