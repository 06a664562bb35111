#pragma once

// Opens an audit log's file, and finds where its chain has come to.

#include "audit/audit_chain.hpp"
#include "audit/audit_file.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace roster::audit {

struct OpenedAuditFile {
    std::unique_ptr<AuditFile> file;
    AuditChain chain;
    /// What a power cut left of a line, and was cut off.
    std::uint64_t torn_bytes = 0;
};

/// Throws: as `open_audit_log`.
OpenedAuditFile open_audit_file(const std::shared_ptr<FileSystem>& files, const std::string& path,
                                const AuditOptions& options);

}  // namespace roster::audit
