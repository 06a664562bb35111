#pragma once

// Finds the server of a cluster that may be written, and notices when it is another one.
//
// All servers are asked at once; of those that may be written the one with the newest timeline is
// believed, and none with an older one than was ever seen: that was a primary before a failover and
// does not know yet. Once a second a commit proves that the primary still is one: a server that was
// cut off from its synchronous standby cannot commit. If it fails, every connection is given up.
// Knows no users.

#include <roster/log.hpp>

#include "storage/postgres/connection.hpp"
#include "storage/postgres/url.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace roster::storage::postgres {

inline constexpr auto kConnectPatience = std::chrono::milliseconds(1000);
inline constexpr auto kReadPatience = std::chrono::milliseconds(1000);
inline constexpr auto kWritePatience = std::chrono::milliseconds(3000);
/// How long a request waits for a database that is away.
inline constexpr auto kAwayPatience = std::chrono::milliseconds(1000);

/// No server of the cluster may be written now.
class Away : public Lost {
  public:
    using Lost::Lost;
};

struct Primary {
    std::size_t host = 0;
    std::int64_t timeline = 0;
    /// Another number for each time that a primary was found.
    std::uint64_t generation = 0;
};

/// Threads: any.
class Cluster {
  public:
    struct Tasks {
        /// Called with each primary that is found, before it is used. Throws: `StartupError` if it
        /// holds no store of this program.
        std::function<void(Connection&)> inspect;
        /// Commits something, once a second.
        std::function<void(Connection&)> beat;
        /// The last that is done with a primary that is there.
        std::function<void(Connection&)> leave;
    };

    /// Searches once; a cluster that is away is searched on. Without `tasks.beat`: not.
    /// Throws: `StartupError` if it is not away but refuses.
    Cluster(DatabaseUrl url, Tasks tasks, std::shared_ptr<Log> log);
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;
    ~Cluster();

    const DatabaseUrl& url() const noexcept { return url_; }
    bool is_writable() const;
    /// Throws: `Away`, at once if it is away for longer than any request waits.
    Primary wait_for_primary(Clock::time_point until) const;
    /// Throws: `Lost`, also if the server is not the primary of that timeline any more.
    Connection connect(const Primary& primary) const;
    /// A connection to it could not be made: the supervisor looks at once.
    void report_lost(const Primary& primary, const std::string& why);

  private:
    struct Found {
        std::size_t host = 0;
        std::int64_t timeline = 0;
        std::unique_ptr<Connection> connection;
    };

    bool search();
    // Throws: `Lost` if there is no primary; `Refused` if one refused the log-in, `StartupError` if
    // one can hold no store.
    Found newest_of_all();
    void publish(Found found);
    void supervise();
    void beat();
    void give_up(const std::string& why);

    DatabaseUrl url_;
    Tasks tasks_;
    std::shared_ptr<Log> log_;
    // Of the supervisor alone.
    std::unique_ptr<Connection> connection_;
    std::int64_t newest_timeline_ = 0;
    std::string last_problem_;
    bool is_started_ = false;
    std::atomic<bool> can_commit_ = true;

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    // Guarded by mutex_.
    std::optional<Primary> primary_;
    std::uint64_t generation_ = 0;
    Clock::time_point away_since_ = Clock::now();
    std::string last_report_;
    bool is_suspected_ = false;
    bool is_stopping_ = false;

    std::thread thread_;
};

/// Connections to the primary, each used by one thread at a time and made when it is needed.
///
/// Threads: any.
class Links {
  public:
    Links(Cluster& cluster, std::size_t connections, std::string setup);

    /// Calls `use` with a connection. A connection that was lost is replaced once, or twice, and
    /// `use` is called again: it must not commit.
    /// Throws: `Lost`, `Refused`, and what `use` throws.
    template <class Use>
    auto use(Use use) {
        Link& link = lock_one();
        const std::unique_lock lock(link.mutex, std::adopt_lock);
        const auto until = Clock::now() + kAwayPatience;
        for (int attempt = 1;; ++attempt) {
            Connection& connection = link.connect(cluster_, setup_, until);
            try {
                return use(connection);
            } catch (const Lost&) {
                link.connection.reset();
                if (attempt == kAttempts) throw;
            } catch (...) {
                // It may be in a transaction that failed.
                link.connection.reset();
                throw;
            }
        }
    }

    /// Requires: there is one connection, and one thread that uses it.
    Connection& connect(Clock::time_point until) {
        return links_.front().connect(cluster_, setup_, until);
    }
    void drop() { links_.front().connection.reset(); }

  private:
    static constexpr int kAttempts = 3;

    struct Link {
        // Throws: `Away`.
        Connection& connect(Cluster& cluster, const std::string& setup, Clock::time_point until);

        std::mutex mutex;
        std::unique_ptr<Connection> connection;
        std::uint64_t generation = 0;
    };

    Link& lock_one();

    Cluster& cluster_;
    std::string setup_;
    std::list<Link> links_;
};

}  // namespace roster::storage::postgres
