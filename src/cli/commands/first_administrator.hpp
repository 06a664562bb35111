#pragma once

// The administrator whom --admin-email and --admin-password-file ask for; and the file beside a
// store that has the code for one, while a server waits for them.

#include <roster/audit.hpp>
#include <roster/log.hpp>
#include <roster/store.hpp>

#include "cli/config/command_settings.hpp"

#include <memory>
#include <string>
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

/// Threads: one at a time.
class SetupFile {
  public:
    /// Beside the store; a store without a file has none. Removes what a killed server left.
    explicit SetupFile(const std::string& store);
    ~SetupFile() { remove(); }

    SetupFile(const SetupFile&) = delete;
    SetupFile& operator=(const SetupFile&) = delete;

    /// With mode 0600. If that is impossible the log says so, which has the code, too.
    void write(const Secret& code, Log& log);
    void remove();

  private:
    std::string path_;
};

}  // namespace roster::cli
