#pragma once

// What several sub-commands open: the log and the store.

#include <roster/log.hpp>
#include <roster/store.hpp>

#include "passwords/password_hasher.hpp"

#include <memory>
#include <string>

namespace roster::cli {

/// A log on standard error. `level`: trace, debug, info, warn, error or off.
std::shared_ptr<Log> make_log(const std::string& level);

/// The store that `url` names; plain passwords in an old book are hashed at this cost.
/// Throws: `StartupError`.
std::unique_ptr<Store> open_accounts_store(const std::string& url, std::shared_ptr<Log> log,
                                           passwords::HashCost cost = {});

}  // namespace roster::cli
