#pragma once

// The audit log on an open descriptor: standard output, for whoever collects it there.

#include "audit/audit_sink.hpp"

#include <chrono>
#include <memory>

namespace roster::audit {

/// The descriptor stays the caller's. A reader that takes nothing for `patience` makes an append
/// fail.
std::unique_ptr<AuditSink> make_audit_output(
    int descriptor, std::chrono::milliseconds patience = std::chrono::seconds(1));

}  // namespace roster::audit
