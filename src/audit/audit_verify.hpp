#pragma once

// Reads the files of an audit log in order and checks their chain, also beside a server that
// writes it.

#include "audit/chain_check.hpp"
#include "core/files/file_system.hpp"

#include <functional>
#include <string>

namespace roster::audit {

/// `wait` lets a moment go by: a server may just be writing the line that has no end yet.
///
/// Errors: what the system says; `no_such_file_or_directory` where there is no file at all.
result<AuditReport> verify_audit_files(FileSystem& files, const std::string& path,
                                       const std::string& noted_digest,
                                       const std::function<void()>& wait);

/// The same, on this machine's disk.
result<AuditReport> verify_audit_files(const std::string& path, const std::string& noted_digest);

}  // namespace roster::audit
