#pragma once

// Reads an audit log from its end, while a server may write it. Checks no chain.

#include <roster/audit.hpp>

#include "core/files/file_system.hpp"

#include <string>

namespace roster::audit {

/// Newest first. Reads at most some megabytes: a page may have fewer lines than asked for, or none,
/// and still a cursor.
/// Errors: `invalid_request` (the cursor); of the system.
result<AuditPage> read_audit_log(FileSystem& files, const std::string& path,
                                 const AuditQuery& query);

/// Of this machine.
result<AuditPage> read_audit_log(const std::string& path, const AuditQuery& query);

}  // namespace roster::audit
