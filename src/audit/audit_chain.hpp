#pragma once

// The chain of an audit log: each line has a number and the digest of the line before.
// Knows no file.

#include "audit/audit_line.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace roster::audit {

/// SHA-256 of a line without its newline, in lower-case hex.
std::string digest_of_line(std::string_view line);

/// Where a chain has come to; a copy goes its own way.
class AuditChain {
  public:
    /// The beginning: the first line has number 1, and zeroes for the digest before.
    AuditChain();
    /// Behind a line with this number and this digest.
    AuditChain(std::uint64_t seq, std::string digest);

    /// Adds an event; gives its line, with its newline.
    std::string add(const AuditEvent& event, AuditTime time);

    std::uint64_t last_seq() const noexcept { return seq_; }
    const std::string& last_digest() const noexcept { return digest_; }

  private:
    std::uint64_t seq_ = 0;
    std::string digest_;
};

}  // namespace roster::audit
