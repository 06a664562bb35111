#pragma once

// The settings of sub-commands: where the store and the audit log are, what passwords must be like,
// and everything of `roster serve`.

#include <roster/audit.hpp>
#include <roster/server.hpp>

#include "passwords/password_hasher.hpp"
#include "passwords/password_policy.hpp"

#include <cstddef>
#include <memory>
#include <optional>
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

struct PasswordSettings {
    std::size_t hash_memory_kib = passwords::HashCost().memory_kib;
    std::size_t hash_passes = passwords::HashCost().passes;
    std::optional<std::size_t> min_password_length;
    std::string password_blocklist;
};

/// What a command needs to change accounts.
struct AdminSettings {
    std::string store = "json:users.json";
    /// The URL of a server that has the store; empty: the store is opened.
    std::string server;
    /// As `ServeOptions::admin_socket`, of a server that has the store open.
    std::string admin_socket;
    PasswordSettings passwords;
    AuditSettings audit;
};

struct ServeOptions {
    ServerOptions server;
    /// A path or `off`; empty: beside the store.
    std::string admin_socket;
    AuditSettings audit;
    PasswordSettings passwords;
    std::string store = "json:users.json";
    std::string log_level = "info";
    std::string admin_email;
    std::string admin_password_file;
};

// Lifetime, of all: the target outlives the parsing of `app`.

/// `--audit FILE|-|off`.
void add_audit(CLI::App& app, AuditSettings& target);
/// `--audit-max-bytes`, `--audit-keep`.
void add_audit_rotation(CLI::App& app, AuditSettings& target);
/// `--hash-memory-kib`, `--hash-passes`, `--min-password-length`, `--password-blocklist`.
void add_password_settings(CLI::App& app, PasswordSettings& target);

/// `--store`, `--config` and `--server`, for a command that only reads.
void add_reading_settings(CLI::App& app, AdminSettings& target);
/// `--admin-socket`, where commands find the server that `roster serve` put there.
void add_admin_socket(CLI::App& app, std::string& target);
/// All of these and the audit log's, for a command that changes something.
void add_changing_settings(CLI::App& app, AdminSettings& target);

/// Every setting of `roster serve`.
void declare_serve_options(CLI::App& serve, ServeOptions& options);

/// Where the audit log of a store is: what `--audit` says, or `users.json.audit` beside the file
/// that the store's URL leads to, through symbolic links; `off` for a store without a file.
std::string audit_path(const AuditSettings& settings, const std::string& store_url);

/// Where the admin socket of a store's server is: what `--admin-socket` says, or `users.json.sock`
/// beside the store's file as `audit_path` finds it; `off` for a store without a file.
std::string admin_socket_path(const std::string& setting, const std::string& store_url);

/// Throws: as `open_audit_log`.
std::unique_ptr<AuditLog> open_audit(const AuditSettings& settings, const std::string& store_url,
                                     std::shared_ptr<Log> log);

/// Throws: `UsageError` if memory and passes together cost more than a log-in may.
passwords::HashCost hash_cost(const PasswordSettings& settings);

/// Throws: `StartupError` if the block-list cannot be read.
passwords::PasswordPolicies password_policies(const PasswordSettings& settings);

}  // namespace roster::cli
