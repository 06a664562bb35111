#include <roster/audit.hpp>

#include "audit/audit_opening.hpp"
#include "audit/audit_output.hpp"
#include "audit/audit_writer.hpp"
#include "core/files/posix_file_system.hpp"

#include <roster/log.hpp>

#include <unistd.h>

#include <array>
#include <string>
#include <utility>

namespace roster {
namespace {

using namespace audit;

class NoAuditLog final : public AuditLog {
  public:
    void record(AuditEvent) noexcept override {}
};

AuditEvent recovered_event(std::uint64_t torn_bytes) {
    AuditEvent event;
    event.action = "audit_recovered";
    event.target = std::to_string(torn_bytes) + " bytes";
    event.outcome = "ok";
    return event;
}

std::unique_ptr<AuditLog> open_file(const std::string& path, const AuditOptions& options) {
    OpenedAuditFile opened = open_audit_file(make_posix_file_system(), path, options);
    AuditTrail trail(std::move(opened.file), std::move(opened.chain), options);
    auto log = std::make_unique<AuditWriter>(std::move(trail), options);
    if (opened.torn_bytes > 0) {
        if (options.log)
            options.log->warn("{}: ended with {} bytes of a line; they were cut off", path,
                              opened.torn_bytes);
        log->record(recovered_event(opened.torn_bytes));
    }
    return log;
}

}  // namespace

std::unique_ptr<AuditLog> open_audit_log(std::string_view where, AuditOptions options) {
    if (where == "off") return std::make_unique<NoAuditLog>();
    if (!options.now) options.now = [] { return std::chrono::system_clock::now(); };
    if (where != "-") return open_file(std::string(where), options);
    AuditTrail trail(make_audit_output(STDOUT_FILENO), AuditChain(), options);
    return std::make_unique<AuditWriter>(std::move(trail), options);
}

}  // namespace roster
