#pragma once

// The audit log: who did what, when, from where, and with which outcome.
// Does not know which events are recorded, nor how they are encoded.

#include <roster/error.hpp>
#include <roster/log.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster {

/// One line of the audit log. Texts may hold anything: the log escapes and shortens them.
struct AuditEvent {
    AuditEvent() = default;

    /// Who: "anonymous", "operator", or "user 17".
    std::string actor;
    /// The client's address; empty for the machine itself.
    std::string address;
    /// What: "log_in", "sign_up", "session_end" …
    std::string action;
    /// The object, as its kind, a space and its name, which may be anything: "user 17",
    /// "session 4", "email a@a.com", "store json:users.json".
    std::string target;
    /// "ok", or `name_of` the error.
    std::string outcome;
    /// What was to change: "password", "role admin"; may be empty.
    std::string detail;
    /// Of the request that caused it; may be empty.
    std::string request_id;
    /// How many equal events this line summarises.
    std::uint64_t count = 1;
};

/// Which lines of the log: those that have all of these members.
struct AuditQuery {
    AuditQuery() = default;

    // Empty: any.
    std::string actor;
    std::string action;
    std::string outcome;
    std::string address;
    std::string request_id;
    std::optional<std::chrono::sys_seconds> since;
    std::optional<std::chrono::sys_seconds> until;
    std::size_t limit = 50;
    /// `next_cursor` of the page before; empty: the newest lines.
    std::string cursor;
};

/// Lines as they are in the file, the newest first.
struct AuditPage {
    std::vector<std::string> lines;
    /// Empty at the end of the log.
    std::string next_cursor;
};

/// Threads: any.
class AuditLog {
  public:
    virtual ~AuditLog() = default;

    /// Takes the event and returns without waiting. Events that cannot be written are counted and
    /// reported: in the server's log, and in the audit log itself as soon as it can be written.
    virtual void record(AuditEvent event) noexcept = 0;

    /// How many events were lost so far.
    virtual std::uint64_t lost() const noexcept { return 0; }

    /// Soon continues in a new file, if the present one was moved away or removed. Does not wait.
    virtual void reopen() noexcept {}
};

struct AuditOptions {
    AuditOptions() = default;

    /// The file is rotated before it grows larger.
    std::size_t rotate_bytes = std::size_t{16} * 1024 * 1024;
    /// How many rotated files are kept.
    std::size_t keep_files = 10;
    /// A new file gets the owner of this one (the store's file), if it exists.
    std::string owner_of;
    /// Where failures are logged; may be empty.
    std::shared_ptr<Log> log;
    /// The clock; the system's if empty.
    std::function<std::chrono::system_clock::time_point()> now;
};

/// Opens the audit log at `where`: a path, `-` for standard output, or `off`.
///
/// Throws: `StartupError` with `store_locked`, `store_damaged` (the file is not an audit log, or
/// its end cannot be continued) or `store_unavailable`.
std::unique_ptr<AuditLog> open_audit_log(std::string_view where, AuditOptions options);

}  // namespace roster
