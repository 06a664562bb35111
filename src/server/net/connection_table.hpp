#pragma once

// The connections of a server: the caps on their number, which one is evicted at a cap, and the cap
// on the memory of what they could not send yet.
// Knows no socket and no protocol.

#include "core/address.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>

namespace roster::server {

/// Where a connection comes from; `nullopt`: from a process of this machine, by a Unix socket.
using PeerAddress = std::optional<boost::asio::ip::address>;

/// Why a connection has to close although its client did nothing wrong, in order of urgency.
enum class CloseReason {
    none,
    /// Another connection needs the slot: close as soon as no request is running.
    evicted,
    /// The server is stopping: close as soon as no request is running.
    stopping,
    /// Close immediately.
    aborted,
};

class Evictable {
  public:
    virtual ~Evictable() = default;

    /// Called under the table's lock, on any thread: an implementation posts to its own executor
    /// and returns.
    virtual void request_close(CloseReason reason) = 0;
};

/// Threads: any.
class ConnectionTable {
  private:
    struct PerNetwork;

  public:
    using Time = std::chrono::steady_clock::time_point;

    /// A connection's slot, from admission until its destruction. A request costs no lock: where
    /// the slot stands among the idle ones is put right when one of them has to go.
    ///
    /// Threads: those of its connection.
    class Slot {
      public:
        Slot(ConnectionTable& table, Evictable& connection, const PeerAddress& peer);
        ~Slot();
        Slot(const Slot&) = delete;
        Slot& operator=(const Slot&) = delete;

        /// False if the table is full and no connection could be evicted.
        bool admitted() const noexcept { return admitted_; }

        /// No request has been running since `since`; `again`: even if none was before. The longest
        /// idle connection is evicted first.
        void idle(Time since, bool again = false);
        void busy() noexcept { idle_since_ = kBusy; }

      private:
        friend class ConnectionTable;
        static constexpr Time kBusy = Time::max();

        ConnectionTable& table_;
        Evictable& connection_;
        PerNetwork* network_ = nullptr;
        bool admitted_ = false;
        /// It was told to close, and no longer counts.
        bool evicted_ = false;
        std::atomic<bool> is_listed_ = false;
        std::atomic<Time> idle_since_ = kBusy;
        /// What it is listed by; it may have been busy since.
        Time listed_since_{};
        boost::intrusive::list_member_hook<> all_;
        boost::intrusive::set_member_hook<> idle_;
        boost::intrusive::set_member_hook<> idle_of_network_;
    };

    /// `per_network` does not apply to loopback and Unix sockets.
    ConnectionTable(std::size_t total, std::size_t per_network)
        : total_(total), per_network_(per_network) {}

    /// Evicts the longest-idle connection, if there is one.
    void evict_longest_idle();

    /// Tells all connections to close, and admits no more.
    void close_all(CloseReason reason);
    bool is_closing() const noexcept { return closing_; }

    /// How many connections there are.
    std::size_t size() const;

    /// How much may wait to be read by all peers together. Far more than honest ones ever leave.
    static constexpr std::size_t kMostUnsentBytes = std::size_t{64} * 1024 * 1024;

    /// Counts bytes that wait to be sent until they are released. False: there are too many.
    bool claim_unsent(std::size_t bytes) noexcept;
    void release_unsent(std::size_t bytes) noexcept { unsent_bytes_ -= bytes; }

    /// Whether all connections were gone before the deadline.
    bool wait_until_empty(std::chrono::steady_clock::time_point deadline);

  private:
    struct LongerIdle {
        bool operator()(const Slot& one, const Slot& other) const noexcept {
            return one.listed_since_ < other.listed_since_;
        }
    };
    template <boost::intrusive::set_member_hook<> Slot::*hook>
    using IdleSlots = boost::intrusive::multiset<
        Slot, boost::intrusive::member_hook<Slot, boost::intrusive::set_member_hook<>, hook>,
        boost::intrusive::compare<LongerIdle>>;
    using AllSlots = boost::intrusive::list<
        Slot,
        boost::intrusive::member_hook<Slot, boost::intrusive::list_member_hook<>, &Slot::all_>>;

    struct PerNetwork {
        explicit PerNetwork(const IpNetwork& key) : network(key) {}

        const IpNetwork network;
        std::size_t count = 0;
        IdleSlots<&Slot::idle_of_network_> idle;
    };

    bool admit(Slot& slot, const IpNetwork& network);
    bool is_within_caps(PerNetwork* network);
    template <class Idle>
    bool evict_first(Idle& idle);
    void remove(Slot& slot);
    void list_idle(Slot& slot, Time since);
    void unlist_idle(Slot& slot);
    bool relist_if_used(Slot& slot);
    void release(Slot& slot);

    const std::size_t total_;
    const std::size_t per_network_;
    mutable std::mutex mutex_;
    std::atomic<bool> closing_ = false;
    std::atomic<std::size_t> unsent_bytes_ = 0;
    std::condition_variable emptied_;
    std::size_t counted_ = 0;
    AllSlots all_;
    // In the order of `listed_since_`.
    IdleSlots<&Slot::idle_> idle_;
    std::map<IpNetwork, PerNetwork> networks_;
};

}  // namespace roster::server
