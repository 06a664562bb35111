#pragma once

// What an instance does beside requests for as long as it serves a store: it says that it is there,
// proves that the primary can commit, knows the totals, and removes what nobody needs any more.

#include <roster/log.hpp>
#include <roster/store_types.hpp>

#include "storage/postgres/cluster.hpp"
#include "storage/postgres/rows.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace roster::storage::postgres {

enum class Use {
    /// Makes a store in an empty database; waits for one that is away.
    serve,
    /// Reads only; a database that is away is an error.
    view,
};

/// Threads: any, but for the tasks.
class Presence {
  public:
    Presence(const OpenOptions& options, Use use, std::shared_ptr<Log> log);

    /// Lifetime: this object outlives the cluster.
    Cluster::Tasks tasks(const DatabaseUrl& url);

    /// Of this program alone, and of this start.
    const std::string& instance() const noexcept { return instance_; }
    /// As far as this instance knows.
    Totals totals() const;
    /// After a commit of users, which ended sessions of those who were erased.
    void note_users(Totals after, std::uint64_t ended_sessions);
    void note_sessions(std::uint64_t opened, std::uint64_t ended);

  private:
    void inspect(Connection& connection, const DatabaseUrl& url);
    void warn_of_risks(Connection& connection, const DatabaseUrl& url);
    void beat(Connection& connection);
    void sweep(Connection& connection);
    void leave(Connection& connection);

    std::function<std::chrono::sys_seconds()> now_;
    const Use use_;
    const bool is_for_server_;
    std::shared_ptr<Log> log_;
    std::string instance_;
    unsigned beats_ = 0;
    bool has_warned_ = false;

    mutable std::mutex mutex_;
    Totals totals_;
};

}  // namespace roster::storage::postgres
