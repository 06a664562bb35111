#pragma once

// A line of the audit log: an event as one JSON object, whatever is in the event.
// Knows no file; the chain is made in audit_chain.

#include <roster/audit.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roster::audit {

/// Each text of an event is cut to this.
inline constexpr std::size_t kMaxAuditTextBytes = 256;
/// No line is longer: a character takes six bytes at most, and there are seven texts.
inline constexpr std::size_t kMaxAuditLineBytes = std::size_t{16} * 1024;
/// SHA-256 in hex.
inline constexpr std::size_t kDigestDigits = 64;

using AuditTime = std::chrono::system_clock::time_point;

/// At most `kMaxAuditTextBytes` of it, cut between two characters and with an ellipsis at the end.
/// Cutting again changes nothing.
std::string cut_audit_text(std::string_view text);

/// Without a newline, at its end or anywhere else. `prev` is the digest of the line before.
std::string format_audit_line(const AuditEvent& event, AuditTime time, std::uint64_t seq,
                              std::string_view prev);

/// What the chain needs to know of a line.
struct AuditLine {
    std::string time;
    std::uint64_t seq = 0;
    std::string prev;
};

/// Nothing where this is no line of an audit log.
std::optional<AuditLine> parse_audit_line(std::string_view line);

/// Whether a text is a digest as it stands in a line.
bool is_digest(std::string_view text) noexcept;

}  // namespace roster::audit
