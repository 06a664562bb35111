#include "cli/config/command_settings.hpp"

#include "cli/config/options.hpp"
#include "cli/config/settings.hpp"
#include "cli/io/exit_code.hpp"
#include "core/password_format.hpp"
#include "storage/drivers.hpp"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <utility>

namespace roster::cli {
namespace {

constexpr std::size_t kMebibyte = 1024 * 1024;

void declare_sizes(CLI::App& serve, ServerLimits& limits) {
    add_number(serve, "--max-connections", limits.connections, 0, 1'000'000,
               "Connections at once; 0: 10000, or what the open-file limit leaves");
    add_number(serve, "--max-connections-per-address", limits.connections_per_address, 1, 1'000'000,
               "Connections at once from one address other than loopback");
    add_number(serve, "--max-request-line-bytes", limits.request_line_bytes, 16, kMebibyte,
               "Longest request line, in bytes");
    add_number(serve, "--max-head-bytes", limits.head_bytes, 64, kMebibyte,
               "Longest request line and headers together, in bytes");
    add_number(serve, "--max-headers", limits.headers, 1, 10'000, "Headers of one request");
    add_number(serve, "--max-body-bytes", limits.body_bytes, 1, 64 * kMebibyte,
               "Longest body of a request, in bytes");
    add_number(serve, "--max-pipelined-requests", limits.pipelined_requests, 1, 10'000,
               "Requests of one connection that are answered at a time");
    add_number(serve, "--max-waiting-hashes", limits.waiting_hashes, 0, 1'000'000,
               "Passwords that may wait to be hashed; at most four seconds of work");
}

void declare_safety(CLI::App& serve, ServerOptions& server) {
    add_long_duration(serve, "--session-idle", server.session_idle,
                      "A session ends when it is not used for this time");
    add_long_duration(serve, "--session-lifetime", server.session_lifetime,
                      "A session ends this time after its log-in, even while it is used");
    add_number(serve, "--sessions-per-user", server.sessions_per_user, 1, 10'000,
               "Sessions of each kind that one user has at once; one more ends the oldest");
    serve
        .add_flag("--throttle,!--no-throttle", server.rate_limiting,
                  "Limit wrong passwords and sign-ups (the default); --no-throttle is for "
                  "measurements and tests only")
        ->default_str("true");
}

void declare_times(CLI::App& serve, ServerLimits& limits) {
    add_duration(serve, "--head-timeout", limits.head_deadline,
                 "For a connection's first byte, and from it to the end of the headers");
    add_duration(serve, "--body-timeout", limits.body_deadline,
                 "For a body, and a second more for every 8 KiB of it");
    add_duration(serve, "--write-timeout", limits.write_deadline,
                 "For a peer that does not read its answers");
    add_duration(serve, "--classic-idle-timeout", limits.classic_idle,
                 "For a classic connection between two requests");
    add_duration(serve, "--http-idle-timeout", limits.http_idle,
                 "For an HTTP connection between two requests");
    add_duration(serve, "--classic-silence", limits.classic_silence,
                 "Silence that ends a request of the documented client");
    add_duration(serve, "--stop-grace", limits.stop_grace,
                 "For requests that are under way when the server is told to stop");
}

}  // namespace

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

void add_reading_settings(CLI::App& app, AdminSettings& target) {
    add_store(app, target.store);
    add_config(app);
    add_server_url(app, target.server,
                   "Ask the server there, as the user of 'roster login' or ROSTER_TOKEN, instead "
                   "of opening a store")
        ->excludes(app.get_option("--store"));
}

void add_admin_socket(CLI::App& app, std::string& target) {
    make_setting(add_text(app, "--admin-socket", target, "PATH|off",
                          "The Unix socket on which a server answers commands beside it; without "
                          "it FILE.sock beside the store's FILE"));
}

void add_changing_settings(CLI::App& app, AdminSettings& target) {
    add_audit(app, target.audit);
    add_audit_rotation(app, target.audit);
    add_reading_settings(app, target);
    add_admin_socket(app, target.admin_socket);
}

// "on" is what "text" was called before there was another form.
void add_access_log(CLI::App& serve, AccessLog& target) {
    add_words<AccessLog>(
        serve, "--access-log", target,
        {{"off", AccessLog::off},
         {"text", AccessLog::text},
         {"json", AccessLog::json},
         {"on", AccessLog::text}},
        "Log every HTTP request, without the values of its query: a line of text or JSON")
        ->type_name("off|text|json")
        ->default_str("off");
}

void declare_serve_options(CLI::App& serve, ServeOptions& options) {
    add_address(serve, "--classic", options.server.classic,
                "Where the classic protocol is served; with port 0 the system chooses");
    add_address(serve, "--http", options.server.http,
                "Where the HTTP API is served; with port 0 the system chooses");
    add_text(serve, "--tls-cert", options.server.tls_certificate, "FILE",
             "A PEM file of a certificate and its chain: --http speaks TLS. SIGHUP reads it again");
    add_text(serve, "--tls-key", options.server.tls_key, "FILE",
             "A PEM file of the certificate's key, without a password");
    add_admin_socket(serve, options.admin_socket);
    add_access_log(serve, options.server.access_log);
    add_address(serve, "--metrics", options.server.metrics,
                "Where anybody gets Prometheus's metrics; administrators get them from --http")
        ->default_str(options.server.metrics);
    add_text(serve, "--public-url", options.server.public_url, "URL",
             "What browsers call the HTTP API; without it the address of --http");
    add_text(serve, "--forward-domain", options.server.forward_domain, "DOMAIN",
             "The domain whose applications share one log-in by forward authentication");
    add_text(serve, "--login-help", options.server.login_help, "TEXT",
             "Shown on the log-in page: whom to ask for an account or a new password");
    add_list(serve, "--cors-origin", options.server.cors_origins, "ORIGIN,...",
             "Origins whose pages may use the HTTP API, with tokens");
    add_list(serve, "--trusted-proxy", options.server.trusted_proxies, "ADDRESS,...",
             "Proxies whose X-Forwarded-For says who the client is: addresses or networks, as "
             "127.0.0.1 or 10.0.0.0/8");
    add_words<bool>(serve, "--sign-up", options.server.sign_up_is_open,
                    {{"open", true}, {"closed", false}},
                    "Whether anybody may sign up, or administrators alone add users")
        ->default_str("open");
    add_words<bool>(serve, "--identity-changes", options.server.users_change_identity,
                    {{"users", true}, {"admins", false}},
                    "Who changes e-mails and usernames: users their own, or administrators alone")
        ->default_str("users");
    add_store(serve, options.store);
    add_number(serve, "--threads", options.server.threads, 0, 256,
               "Threads for connections; 0: the cores, at most 4");
    serve.add_flag("--classic-open-put", options.server.classic_open_put,
                   "Let a classic PUT modify any user without a log-in");
    add_text(serve, "--log-level", options.log_level, "LEVEL", "How much goes to standard error")
        ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
    add_text(serve, "--admin-email", options.admin_email, "EMAIL",
             "The first administrator, added at start if the store has none");
    add_text(serve, "--admin-password-file", options.admin_password_file, "FILE",
             "A file whose first line is the first administrator's password");
    add_password_settings(serve, options.passwords);
    add_audit(serve, options.audit);
    add_audit_rotation(serve, options.audit);
    declare_sizes(serve, options.server.limits);
    declare_times(serve, options.server.limits);
    declare_safety(serve, options.server);
    add_config(serve);
    make_all_settings(serve);
}

std::string audit_path(const AuditSettings& settings, const std::string& store_url) {
    if (!settings.where.empty()) return settings.where;
    const std::string path = storage::default_audit_path(store_url);
    return path.empty() ? "off" : path;
}

std::string admin_socket_path(const std::string& setting, const std::string& store_url) {
    if (!setting.empty()) return setting;
    const std::string path = storage::default_socket_path(store_url);
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
