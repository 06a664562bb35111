#pragma once

// Connections that read, each used by one thread at a time.

#include <roster/error.hpp>
#include <roster/log.hpp>

#include "storage/sqlite/connection.hpp"

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace roster::storage {

/// Threads: any; one more than there are connections waits for one.
class ReadConnections {
  public:
    /// All are opened at once: later there may be no file descriptor, or no disk.
    /// Throws: `SQLite::Exception`.
    ReadConnections(const std::string& path, std::size_t connections, std::shared_ptr<Log> log);

    /// What `read` gives, of a connection. Errors: `store_unavailable`; the log has the reason.
    template <class Read>
    auto read(Read read) -> result<decltype(read(std::declval<Connection&>()))> {
        const Lease lease(*this);
        try {
            return read(lease.connection());
        } catch (const std::exception& error) {
            tell(error);
            return Errc::store_unavailable;
        }
    }

  private:
    class Lease {
      public:
        explicit Lease(ReadConnections& readers) : readers_(readers), mine_(readers.take()) {}
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        ~Lease() { readers_.give_back(std::move(mine_)); }

        Connection& connection() const noexcept { return *mine_; }

      private:
        ReadConnections& readers_;
        std::unique_ptr<Connection> mine_;
    };

    std::unique_ptr<Connection> take();
    void give_back(std::unique_ptr<Connection> connection) noexcept;
    void tell(const std::exception& error) const;

    std::shared_ptr<Log> log_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> free_;
};

}  // namespace roster::storage
