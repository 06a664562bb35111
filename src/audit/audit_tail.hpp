#pragma once

// The end of an audit log's file, as the last process or a power cut left it.

#include "core/files/file_system.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace roster::audit {

struct AuditTail {
    struct Last {
        std::uint64_t seq = 0;
        std::string digest;
    };

    /// Whole lines.
    std::uint64_t good_bytes = 0;
    /// Behind them: what a power cut left of a line.
    std::uint64_t torn_bytes = 0;
    /// The last whole line; nothing where there is none.
    std::optional<Last> last;
};

/// Throws: `StartupError` with `store_damaged` (its text has file and line) or `store_unavailable`.
AuditTail read_audit_tail(File& file, const std::string& path);

/// The number of the first line. Requires: there is a whole line.
/// Throws: the same.
std::uint64_t first_seq_of(File& file, const std::string& path);

}  // namespace roster::audit
