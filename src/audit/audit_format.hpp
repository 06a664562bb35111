#pragma once

// A line of the audit log, and the chain: each line has a number and the digest of the line before.
// Knows no file and no thread. docs/AUDIT.md describes the format.

#include <roster/audit.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace roster::audit {

/// Each text of an event is cut to this.
inline constexpr std::size_t kMaxAuditTextBytes = 256;
/// No line is longer: a character takes six bytes at most, and there are seven texts.
inline constexpr std::size_t kMaxAuditLineBytes = std::size_t{16} * 1024;
/// Of the line that says how many events were lost.
inline constexpr std::string_view kLostAction = "audit_lost";
/// SHA-256 in hex.
inline constexpr std::size_t kDigestDigits = 64;

using AuditTime = std::chrono::system_clock::time_point;

/// The texts of an event, in the order of a line.
inline constexpr std::array<std::pair<std::string_view, std::string AuditEvent::*>, 7> kAuditTexts{{
    {"actor", &AuditEvent::actor},
    {"address", &AuditEvent::address},
    {"action", &AuditEvent::action},
    {"target", &AuditEvent::target},
    {"outcome", &AuditEvent::outcome},
    {"detail", &AuditEvent::detail},
    {"request_id", &AuditEvent::request_id},
}};

/// Cut between two characters, with an ellipsis at the end. Idempotent.
std::string cut_audit_text(std::string_view text);

/// Cuts every text of an event that has more memory than a line needs.
void shorten(AuditEvent& event);

/// What the chain needs to know of a line.
struct AuditLine {
    std::string time;
    std::uint64_t seq = 0;
    std::string prev;
    /// How many events were lost before it.
    std::uint64_t lost_events = 0;
};

/// `nullopt` if this is not a line of an audit log.
std::optional<AuditLine> parse_audit_line(std::string_view line);

/// SHA-256 of a line without its newline, in lower-case hex.
std::string digest_of_line(std::string_view line);

bool is_digest(std::string_view text) noexcept;

/// The end of a chain. Copies are independent.
class AuditChain {
  public:
    /// A chain whose last line has this number and this digest; zeros for an empty one.
    explicit AuditChain(std::uint64_t seq = 0, std::string digest = std::string(kDigestDigits, '0'))
        : seq_(seq), digest_(std::move(digest)) {}

    /// Adds an event; returns its line with the newline.
    std::string add(const AuditEvent& event, AuditTime time);

    std::uint64_t last_seq() const noexcept { return seq_; }
    const std::string& last_digest() const noexcept { return digest_; }

  private:
    std::uint64_t seq_;
    std::string digest_;
};

}  // namespace roster::audit
