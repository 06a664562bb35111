#pragma once

// Runs transactions until it is known what became of them.
//
// 1. Each transaction first writes its number into the table writers.
// 2. If the connection is lost before COMMIT was sent, or the transaction met another one, it is
//    decided again.
// 3. If it is lost after COMMIT was sent, the row in writers says whether it took place. That
//    question writes the row, too: it waits for a transaction that is still under way, and when it
//    is replicated, so is what it saw.
// Knows no users: what a transaction does is the caller's matter.

#include <roster/log.hpp>

#include "storage/postgres/cluster.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace roster::storage::postgres {

/// Threads: one at a time.
class BatchWriter {
  public:
    enum class Outcome {
        done,
        /// Nothing of it took place.
        unavailable,
        /// The database refused a statement; nothing took place.
        refused,
        unknown,
    };
    /// In a transaction: reads, decides, and appends what it writes. False if it changes nothing.
    using Put = std::function<bool(Connection&)>;
    /// Appends what is committed by itself, before.
    using Before = std::function<void(Connection&)>;

    /// `instance`: of this writer alone.
    BatchWriter(Cluster& cluster, std::string instance, std::shared_ptr<Log> log);

    /// Calls `put` again for each attempt. Throws: what `put` throws, except `Lost` and `Refused`.
    Outcome run(const Put& put, const Before& before = {});

  private:
    enum class Doubt { took_place, did_not, unknown };

    // Throws: `Lost`, `Refused`.
    void attempt(const Put& put, const Before& before, bool& is_committing);
    Doubt resolve();

    std::string instance_;
    std::shared_ptr<Log> log_;
    Links links_;
    std::uint64_t batch_ = 0;
};

/// Whether a statement may read a whole table: those that many requests wait for must not be
/// planned so while there are few users.
enum class Scans { allowed, avoided };

/// What every connection is set to: edits by roster itself fire no triggers, a commit is durable,
/// and an instance that is frozen inside a transaction does not hold the others up.
std::string setup_of_connections(Scans scans);

/// Whether the primary is told to wait for one: without it a failover loses writes.
bool has_synchronous_standby(Connection& connection);

}  // namespace roster::storage::postgres
