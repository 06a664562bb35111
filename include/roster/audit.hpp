#pragma once

// The audit log: who did what, when, from where, and how it ended.
// Knows no rule (what is worth a line) and no encoding of its own.

#include <roster/error.hpp>
#include <roster/log.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace roster {

/// One line of the audit log. Texts may hold anything: the log makes them harmless, and short.
struct AuditEvent {
    AuditEvent() = default;

    /// Who: "anonymous", "operator", or "user 17".
    std::string actor;
    /// The address it came from; empty for the machine itself.
    std::string address;
    /// What: "log_in", "sign_up", "session_end" … a word of the rules.
    std::string action;
    /// Whom or what it was about: "user 17", "session 4", an e-mail that nobody has.
    std::string target;
    /// "ok", or `name_of` the error.
    std::string outcome;
    /// What was to change: "password", "role admin"; empty where the action says it all.
    std::string detail;
    /// Of the request that asked for it; empty where there is none.
    std::string request_id;
    /// How many of the same kind this line stands for.
    std::uint64_t count = 1;
};

/// Threads: any.
class AuditLog {
  public:
    virtual ~AuditLog() = default;

    /// Takes the event and returns at once; throws nothing. What could not be written is counted,
    /// said in the server's log, and noted in the audit log itself as soon as that can be written.
    virtual void record(AuditEvent event) noexcept = 0;
};

struct AuditOptions {
    AuditOptions() = default;

    /// A file that has grown so large is put aside.
    std::size_t rotate_bytes = std::size_t{16} * 1024 * 1024;
    /// So many files that were put aside stay.
    std::size_t keep_files = 10;
    /// A file that does not exist yet gets the owner of this one, where that exists: the store's.
    std::string owner_of;
    /// Where trouble is said; nowhere if empty.
    std::shared_ptr<Log> log;
    /// The clock; the system's if empty.
    std::function<std::chrono::system_clock::time_point()> now;
};

/// Opens the audit log at `where`: a path, `-` for standard output, or `off`.
///
/// Throws: `StartupError` with `store_locked`, `store_damaged` (what is there is no audit log, or
/// its end cannot be continued) or `store_unavailable`.
std::unique_ptr<AuditLog> open_audit_log(std::string_view where, AuditOptions options);

}  // namespace roster
