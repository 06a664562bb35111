#pragma once

// One connection to the primary, for a command that reads or writes a whole store.

#include <roster/error.hpp>

#include "storage/postgres/batch_writer.hpp"
#include "storage/postgres/cluster.hpp"

#include <exception>
#include <string>

namespace roster::storage::postgres {

class DirectConnection {
  public:
    /// `path`: what follows "postgres:". Throws: `StartupError`, also if the database is away.
    explicit DirectConnection(const std::string& path);

    Connection& connection() noexcept { return connection_; }
    std::string url() const { return url_.masked(); }

    /// What `call` returns. Throws: `StartupError` for whatever `call` throws.
    template <class Call>
    auto run(Call call) const {
        try {
            return call();
        } catch (const StartupError&) {
            throw;
        } catch (const std::exception& error) {
            throw StartupError(Errc::store_unavailable, url() + ": " + error.what());
        }
    }

  private:
    DatabaseUrl url_;
    Cluster cluster_;
    Connection connection_;
};

inline DirectConnection::DirectConnection(const std::string& path)
    : url_(path),
      cluster_(url_, {[](Connection&) {}, nullptr, nullptr}, nullptr),
      connection_(run([this] {
          return cluster_.connect(cluster_.wait_for_primary(Clock::now() + kAwayPatience));
      })) {
    run([this] {
        (void)connection_.run(setup_of_connections(Scans::allowed), {}, kReadPatience);
        // It may take its time inside a transaction.
        (void)connection_.run("SET idle_in_transaction_session_timeout = 0", {}, kReadPatience);
    });
}

}  // namespace roster::storage::postgres
