#pragma once

// The administrator whom --admin-email and --admin-password-file ask for.

#include <roster/audit.hpp>
#include <roster/log.hpp>
#include <roster/store.hpp>

#include "cli/config/command_settings.hpp"

#include <memory>
#include <thread>

namespace roster::cli {

/// Throws: `UsageError` if only one of the two is given.
void check_admin_options(const ServeOptions& options);

/// Adds the administrator if the store has none: at once, or, if it is a shared store that is away,
/// when it is back.
///
/// Lifetime: options and store outlive it.
class FirstAdministrator {
  public:
    /// Throws: `StartupError` or `UsageError` if the store is there, but not the administrator.
    FirstAdministrator(const ServeOptions& options, Store& store, std::shared_ptr<AuditLog> audit,
                       std::shared_ptr<Log> log);

  private:
    void add();
    void add_when_back(const std::stop_token& stop);

    const ServeOptions& options_;
    Store& store_;
    std::shared_ptr<AuditLog> audit_;
    std::shared_ptr<Log> log_;
    std::jthread thread_;
};

}  // namespace roster::cli
