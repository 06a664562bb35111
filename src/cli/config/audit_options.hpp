#pragma once

// Where the audit log is, for every sub-command that writes or reads it.

#include <roster/audit.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace roster::cli {

struct AuditSettings {
    /// A file, `-` or `off`; empty: beside the store.
    std::string where;
    std::size_t rotate_bytes = AuditOptions().rotate_bytes;
    std::size_t keep_files = AuditOptions().keep_files;
};

/// `--audit FILE|-|off`. Lifetime: `settings` outlives the parsing.
void add_audit(CLI::App& app, AuditSettings& settings);

/// `--audit-max-bytes`, `--audit-keep`. Lifetime: the same.
void add_audit_rotation(CLI::App& app, AuditSettings& settings);

/// What `open_audit_log` is given: `users.json.audit` beside the file that a store's URL leads to,
/// through symbolic links; `off` for a store without a file; what `--audit` says otherwise.
std::string audit_place(const AuditSettings& settings, const std::string& store_url);

/// The audit log of a store. Throws: as `open_audit_log`.
std::unique_ptr<AuditLog> open_audit(const AuditSettings& settings, const std::string& store_url,
                                     std::shared_ptr<Log> log);

}  // namespace roster::cli
