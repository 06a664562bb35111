#include "cli/config/serve_options.hpp"

#include "cli/config/options.hpp"
#include "cli/config/settings.hpp"

#include <CLI/CLI.hpp>

#include <cstddef>

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
               "Passwords that may wait to be hashed, of at most four seconds of work");
}

void declare_safety(CLI::App& serve, ServerOptions& server) {
    add_long_duration(serve, "--session-idle", server.session_idle,
                      "A session that is not used for so long ends");
    add_long_duration(serve, "--session-lifetime", server.session_lifetime,
                      "A session ends so long after its log-in, however busy it is");
    add_number(serve, "--sessions-per-user", server.sessions_per_user, 1, 10'000,
               "Sessions of one user at once; one more ends the oldest");
    serve.add_flag("--throttle,!--no-throttle", server.rate_limiting,
                   "Limit wrong passwords and sign-ups (the default); --no-throttle is for "
                   "measurements and tests only");
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
    add_duration(serve, "--classic-silence", limits.classic_silence,
                 "Silence that ends a request of the documented client");
    add_duration(serve, "--stop-grace", limits.stop_grace,
                 "For requests that are under way when the server is told to stop");
}

}  // namespace

void declare_serve_options(CLI::App& serve, ServeOptions& options) {
    add_address(serve, "--classic", options.server.classic,
                "Where the classic protocol is served; with port 0 the system chooses");
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

}  // namespace roster::cli
