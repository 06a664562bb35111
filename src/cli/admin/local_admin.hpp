#pragma once

// The store that a command works on, opened by this process.
// Knows no command.

#include "cli/admin/admin_api.hpp"
#include "cli/config/shared_settings.hpp"

#include <functional>
#include <memory>
#include <string>

namespace roster::cli {

/// Takes no lock, starts no thread and hashes nothing: works beside a running server.
/// Throws: `StartupError`; with `store_unavailable` if there is no such store.
std::unique_ptr<AdminView> open_admin_view(const std::string& store);

/// Holds the store until it is destroyed.
/// Throws: `StartupError`; with `store_locked` while a server holds the store.
std::unique_ptr<AdminApi> open_admin_api(const AdminSettings& settings);

/// How a store has the plain passwords of an old users file hashed.
std::function<result<Secret>(const Secret&)> hash_with(passwords::HashCost cost);

/// The store itself, for a server. Throws: `StartupError`.
std::unique_ptr<Store> open_hashing_store(const std::string& url, passwords::HashCost cost,
                                          std::shared_ptr<Log> log);

/// Whether there is nothing at the place that the URL names. False for stores without a path.
/// Throws: `StartupError` with `invalid_request`.
bool is_store_missing(const std::string& url);

/// Whether a file is one of those that a store keeps.
bool belongs_to_store(const std::string& file, const std::string& url);

}  // namespace roster::cli
