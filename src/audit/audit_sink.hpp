#pragma once

// Where the lines of an audit log go.

#include <roster/error.hpp>

#include <cstdint>
#include <string_view>

namespace roster::audit {

/// Threads: one at a time.
class AuditSink {
  public:
    virtual ~AuditSink() = default;

    /// Takes whole lines, all of them or none; the first one has the number `first_seq`.
    virtual result<void> append(std::string_view lines, std::uint64_t first_seq) = 0;

    /// Makes durable what was appended, as far as that can be.
    virtual result<void> sync() = 0;
};

}  // namespace roster::audit
