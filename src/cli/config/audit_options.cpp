#include "cli/config/audit_options.hpp"

#include "cli/config/options.hpp"
#include "cli/config/settings.hpp"
#include "storage/drivers.hpp"

#include <CLI/App.hpp>

#include <utility>

namespace roster::cli {
void add_audit(CLI::App& app, AuditSettings& settings) {
    make_setting(
        add_text(app, "--audit", settings.where, "FILE|-|off",
                 "Where the audit log goes; without it FILE.audit beside the store's FILE"));
}

void add_audit_rotation(CLI::App& app, AuditSettings& settings) {
    constexpr std::size_t kLeastBytes = 4096;
    constexpr std::size_t kMostBytes = std::size_t{1} << 40U;
    // A check has all of them open at once.
    constexpr std::size_t kMostFiles = 500;
    make_setting(add_number(app, "--audit-max-bytes", settings.rotate_bytes, kLeastBytes,
                            kMostBytes,
                            "Size at which the file of the audit log is put aside, in bytes"));
    make_setting(add_number(app, "--audit-keep", settings.keep_files, 1, kMostFiles,
                            "Files of the audit log that were put aside and stay"));
}

std::string audit_place(const AuditSettings& settings, const std::string& store_url) {
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
    return open_audit_log(audit_place(settings, store_url), std::move(options));
}

}  // namespace roster::cli
