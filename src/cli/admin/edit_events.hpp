#pragma once

// Tells the audit log of edits by hand. A store finds the first ones while it is opened, before
// there is an audit log, which needs the store: they wait.

#include <roster/audit.hpp>
#include <roster/store_types.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace roster::cli {

/// Threads: any.
class EditEvents {
  public:
    /// As `OpenOptions::on_edit`.
    void record(const StoreEdit& edit);

    /// From now on events go there, those that waited first. It stays open as long as this.
    void write_to(std::shared_ptr<AuditLog> log);

  private:
    std::mutex mutex_;
    std::shared_ptr<AuditLog> log_;
    std::vector<AuditEvent> waiting_;
};

}  // namespace roster::cli
