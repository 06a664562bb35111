#pragma once

// The entry point of the server, for `roster serve` and for applications that embed it.
// Knows the Store interface, not an implementation.

#include <roster/audit.hpp>
#include <roster/error.hpp>
#include <roster/log.hpp>
#include <roster/secret.hpp>
#include <roster/server_setting.hpp>
#include <roster/store.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace roster {

/// The limits of one listener. Units: bytes, and durations as typed.
struct ServerLimits {
    ServerLimits() = default;

    std::size_t request_line_bytes = 8 * 1024;
    std::size_t head_bytes = 16 * 1024;
    std::size_t headers = 100;
    std::size_t body_bytes = 64 * 1024;
    /// From the connection to its first byte, and from a request's first byte to its head's end.
    std::chrono::milliseconds head_deadline{10'000};
    /// For a body; plus one second for every 8 KiB.
    std::chrono::milliseconds body_deadline{10'000};
    std::chrono::milliseconds classic_idle{300'000};
    std::chrono::milliseconds http_idle{60'000};
    /// How long a peer may leave its responses unread.
    std::chrono::milliseconds write_deadline{10'000};
    /// Silence after which a request of the documented client counts as complete.
    std::chrono::milliseconds classic_silence{50};
    /// Responses that are gathered before they are written.
    std::size_t pipelined_requests = 16;
    /// In total; 0: 10 000, or what the open-file limit leaves.
    std::size_t connections = 0;
    /// From one address that is not loopback.
    std::size_t connections_per_address = 256;
    /// Passwords that may wait to be hashed or verified. Never more than about four seconds of that
    /// work, as estimated from the last ones.
    std::size_t waiting_hashes = 256;
    /// How long running requests may go on after `stop`.
    std::chrono::milliseconds stop_grace{10'000};
};

/// How HTTP requests are logged, without the values of their queries: not, as text, or each as a
/// JSON object.
enum class AccessLog : std::uint8_t { off, text, json };

struct ServerOptions {
    ServerOptions() = default;

    /// HOST:PORT or [HOST]:PORT; port 0 lets the system choose. "off": no such listener.
    std::string classic = "127.0.0.1:9999";
    std::string http = "127.0.0.1:8080";
    /// The path of a Unix socket on which the HTTP API answers every caller as the local
    /// operator; "off": no such listener. With a path that is too long for a socket the server
    /// warns, and has none.
    std::string admin_socket = "off";
    AccessLog access_log = AccessLog::off;
    /// HOST:PORT of a listener that answers GET /metrics, and nothing else, to anybody; "off": only
    /// administrators get them, by the HTTP API.
    std::string metrics = "off";
    /// PEM files of a certificate with its chain, and of its key: the listener `http` speaks TLS.
    /// Both or none.
    std::string tls_certificate;
    std::string tls_key;
    /// What browsers call the HTTP API, as "https://accounts.example.com"; empty: the address of
    /// the listener, with http or https. Changes by cookie must come from its pages.
    std::string public_url;
    /// The domain whose applications share one log-in through a proxy, as "home.example.com";
    /// empty: no forward session. The public URL must be in it.
    std::string forward_domain;
    /// A text for the log-in page: whom to ask for an account or a new password.
    std::string login_help;
    /// Whose pages may ask the HTTP API with tokens.
    std::vector<std::string> cors_origins;
    /// Addresses and networks of proxies whose X-Forwarded-For says who the client is.
    std::vector<std::string> trusted_proxies;
    /// Whether anybody may sign up; otherwise administrators add users.
    bool sign_up_is_open = true;
    /// Whether users change their own e-mail and username, by which other applications may know
    /// them; otherwise administrators alone do.
    bool users_change_identity = true;
    /// I/O threads; 0: the cores, at most 4.
    std::size_t threads = 0;
    /// Allows PUT on any user without a login, as the original server did.
    bool classic_open_put = false;
    /// The cost of new password hashes: argon2id, with as many threads as there are cores. A log-in
    /// replaces a hash of another cost. Memory times passes is at most 1 GiB.
    /// Source: OWASP Password Storage Cheat Sheet.
    std::size_t hash_memory_kib = 19 * 1024;
    unsigned hash_passes = 2;
    /// Code points of a new password, at every entry point; `nullopt`: 2 by the classic protocol, 8
    /// elsewhere.
    std::optional<std::size_t> min_password_length;
    /// A file of passwords that are too common, one a line; empty: the built-in list. If this or
    /// `min_password_length` is set, the list applies to the classic protocol as well.
    std::string password_blocklist;
    /// A session ends when it has not been used for `session_idle`, and `session_lifetime` after
    /// its login at the latest.
    std::chrono::seconds session_idle = std::chrono::hours(24 * 7);
    std::chrono::seconds session_lifetime = std::chrono::hours(24 * 30);
    /// Of one user; a new one ends the oldest.
    std::size_t sessions_per_user = 100;
    /// Whether guesses and sign-ups are limited.
    bool rate_limiting = true;
    ServerLimits limits;
    /// Null disables auditing.
    std::shared_ptr<AuditLog> audit;
    /// Saves the store to this file, which is not there, and verifies it; throws if it cannot.
    /// Called from any thread. Empty: there is no way to do that.
    std::function<void(const std::string& file)> back_up;
    /// Reads a page of the audit log. Errors: `invalid_request` (the cursor); of the system.
    /// Called from any thread. Empty: it cannot be read.
    std::function<result<AuditPage>(const AuditQuery& query)> read_audit;
    /// Who has this code may make the first administrator, by the page /setup; empty: nobody may.
    Secret setup_code;
    /// Called once that is done, from any thread; may block.
    std::function<void()> set_up;
    /// What these options come from; shown to administrators, and otherwise not used.
    std::vector<ServerSetting> settings;
};

/// A running server.
///
/// Threads: any, for every call.
class Server {
  public:
    /// Stops at once, and waits until every connection has closed.
    virtual ~Server() = default;

    /// The address of a listener, as HOST:PORT with the real port; "off" if that is so.
    virtual std::string classic_endpoint() const = 0;
    virtual std::string http_endpoint() const = 0;
    /// The path of the admin socket, or "off".
    virtual std::string admin_socket_endpoint() const = 0;

    /// Begins a graceful stop: no new connections, idle ones close, running requests have
    /// `stop_grace` to end. A second call ends them at once. Returns immediately.
    virtual void stop() = 0;

    /// Reads the certificate and its key again, for new connections. If they cannot be used, the
    /// log says why, and the old ones stay.
    virtual void reload_certificate() = 0;

    /// Calls `answered` once every I/O thread has come to it, on one of them; not at all if one
    /// hangs, or the server stops.
    virtual void ask_threads(std::function<void()> answered) = 0;

    /// Blocks until the server has stopped.
    virtual void wait() = 0;
};

/// Binds the listeners and serves on threads of its own until `stop`.
///
/// Throws: `StartupError` with `invalid_request` (a malformed address, no listener at all, a cost
/// of hashes that is too high, a list of passwords or a certificate that cannot be read) or
/// `address_unavailable` (an address that cannot be bound, an admin socket that another server
/// has); the text says why. Lifetime: the store outlives the server.
std::unique_ptr<Server> start_server(ServerOptions options, Store& store, std::shared_ptr<Log> log);

}  // namespace roster
