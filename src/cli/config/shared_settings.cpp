#include "cli/config/shared_settings.hpp"

#include "cli/config/options.hpp"
#include "cli/config/settings.hpp"
#include "cli/io/exit_code.hpp"
#include "core/password_format.hpp"
#include "storage/drivers.hpp"

#include <CLI/CLI.hpp>

#include <utility>

namespace roster::cli {
void add_audit(CLI::App& app, AuditSettings& target) {
    make_setting(add_text(app, "--audit", target.where, "FILE|-|off",
                          "Where the audit log goes; without it FILE.audit beside the store's "
                          "FILE"));
}

void add_audit_rotation(CLI::App& app, AuditSettings& target) {
    constexpr std::size_t kLeastBytes = 4096;
    constexpr std::size_t kMostBytes = std::size_t{1} << 40U;
    // A verification has all of them open at once.
    constexpr std::size_t kMostFiles = 500;
    make_setting(add_number(app, "--audit-max-bytes", target.rotate_bytes, kLeastBytes, kMostBytes,
                            "Size at which the file of the audit log is rotated, in bytes"));
    make_setting(add_number(app, "--audit-keep", target.keep_files, 1, kMostFiles,
                            "Rotated files of the audit log that are kept"));
}

void add_password_settings(CLI::App& app, PasswordSettings& target) {
    constexpr std::size_t kMostMemoryKib = 1024 * 1024;
    constexpr std::size_t kLongestMinimum = 1024;
    static_assert(kMostMemoryKib <= kMaxArgon2WorkKib);
    make_setting(add_number(app, "--hash-memory-kib", target.hash_memory_kib, 8, kMostMemoryKib,
                            "Memory for one password hash; 'roster hash calibrate' proposes it"));
    make_setting(add_number(app, "--hash-passes", target.hash_passes, 1, kMaxArgon2Passes,
                            "Passes over that memory"));
    make_setting(add_number(app, "--min-password-length", target.min_password_length, 1,
                            kLongestMinimum,
                            "Characters of a new password, wherever it is set; without it 8, and 2 "
                            "by the classic protocol"));
    make_setting(add_text(app, "--password-blocklist", target.password_blocklist, "FILE",
                          "Passwords that are refused as too common, one a line, instead of the "
                          "list that is compiled in"));
}

void add_reading_settings(CLI::App& app, std::string& store) {
    add_store(app, store);
    add_config(app);
}

void add_changing_settings(CLI::App& app, AdminSettings& target) {
    add_audit(app, target.audit);
    add_audit_rotation(app, target.audit);
    add_reading_settings(app, target.store);
}

std::string audit_path(const AuditSettings& settings, const std::string& store_url) {
    if (!settings.where.empty()) return settings.where;
    const std::string path = storage::default_audit_path(store_url);
    return path.empty() ? "off" : path;
}

std::unique_ptr<AuditLog> open_audit(const AuditSettings& settings, const std::string& store_url,
                                     std::shared_ptr<Log> log) {
    AuditOptions options;
    options.rotate_bytes = settings.rotate_bytes;
    options.keep_files = settings.keep_files;
    options.owner_of = storage::store_files(store_url).main;
    options.log = std::move(log);
    return open_audit_log(audit_path(settings, store_url), std::move(options));
}

passwords::HashCost hash_cost(const PasswordSettings& settings) {
    passwords::HashCost cost;
    cost.memory_kib = settings.hash_memory_kib;
    cost.passes = static_cast<unsigned>(settings.hash_passes);
    if (passwords::is_bearable(cost)) return cost;
    throw UsageError("--hash-memory-kib " + std::to_string(settings.hash_memory_kib) +
                     " with --hash-passes " + std::to_string(settings.hash_passes) +
                     ": memory times passes must be at most " + std::to_string(kMaxArgon2WorkKib) +
                     " KiB, or a log-in would take too long");
}

passwords::PasswordPolicies password_policies(const PasswordSettings& settings) {
    return passwords::PasswordPolicies(settings.min_password_length, settings.password_blocklist);
}

}  // namespace roster::cli
