#pragma once

// What the commands that move whole stores share: copy, backup and restore.

#include "cli/config/audit_options.hpp"
#include "storage/transfer/store_transfer.hpp"

#include <CLI/App.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace roster::cli {

/// Runs a transfer with a progress bar on standard error.
///
/// `occupied` completes what is said where the target would have to be replaced.
/// Throws: `Refused`, `StartupError`.
storage::Transferred run_transfer(
    storage::TransferOptions options, const std::string& occupied,
    const std::function<storage::Transferred(const storage::TransferOptions&)>& transfer);

/// The line that a transfer leaves in the audit log of a store, opened before anything is changed.
class TransferAudit {
  public:
    /// `store`: the URL of the store whose log it is.
    TransferAudit(const AuditSettings& settings, std::string store)
        : settings_(settings), store_(std::move(store)) {}

    void open();
    /// Requires: it was opened.
    void record(const std::string& action, const std::string& target, std::uint64_t users);

  private:
    const AuditSettings& settings_;
    std::string store_;
    std::unique_ptr<AuditLog> log_;
};

/// A positional argument that has to be given.
void add_argument(CLI::App& command, const std::string& name, std::string& target,
                  const std::string& text);

}  // namespace roster::cli
