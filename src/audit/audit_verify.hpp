#pragma once

// Checks whether the lines of an audit log are one unbroken chain, and says where they are not.
// Also works while a server writes the log; takes no lock and changes nothing.

#include "core/diagnostic.hpp"
#include "core/files/file_system.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace roster::audit {

struct AuditReport {
    struct Line {
        std::uint64_t seq = 0;
        std::string time;
    };

    std::uint64_t files = 0;
    std::uint64_t lines = 0;
    std::optional<Line> first;
    std::optional<Line> last;
    /// Of the last line; empty if there are no lines.
    std::string last_digest;
    /// That the log itself says were lost.
    std::uint64_t lost_events = 0;
    /// The first hundred, in the order of the lines.
    std::vector<Diagnostic> findings;
    std::uint64_t all_findings = 0;

    /// Lines before the first one, which are in no file any more.
    std::uint64_t rotated_away() const noexcept { return first ? first->seq - 1 : 0; }
    bool is_sound() const noexcept { return all_findings == 0; }
};

/// `wait` pauses for a moment: a server may be writing the line that is incomplete.
///
/// Errors: the system's; `no_such_file_or_directory` if there is no file at all.
result<AuditReport> verify_audit_files(FileSystem& files, const std::string& path,
                                       const std::string& noted_digest,
                                       const std::function<void()>& wait);

/// The same on this machine's disk.
result<AuditReport> verify_audit_files(const std::string& path, const std::string& noted_digest);

}  // namespace roster::audit
