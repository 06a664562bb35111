#pragma once

// Who is connected: the caps on connections, and who has to give way when they are reached.
// Knows no socket and no protocol.

#include <boost/asio/ip/address.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>

namespace roster::server {

/// What the table asks of a connection. Called under the table's lock, on any thread: an
/// implementation posts to its own executor and returns.
class Evictable {
  public:
    virtual ~Evictable() = default;

    /// Close as soon as no request is running: somebody else needs the place.
    virtual void give_way() = 0;
    /// Close as soon as no request is running: the server is stopping.
    virtual void drain() = 0;
    /// Close now.
    virtual void abort() = 0;
};

/// Threads: any.
class ConnectionTable {
  private:
    struct PerAddress;

  public:
    /// A connection's place, from admission until its destruction.
    class Slot {
      public:
        Slot(ConnectionTable& table, Evictable& member, const boost::asio::ip::address& peer);
        ~Slot();
        Slot(const Slot&) = delete;
        Slot& operator=(const Slot&) = delete;

        /// False where the table is full and nobody could give way.
        bool admitted() const noexcept { return admitted_; }

        /// From now on no request is running; the longest idle gives way first.
        void idle();
        void busy();

      private:
        friend class ConnectionTable;
        using Hook = boost::intrusive::list_member_hook<>;

        ConnectionTable& table_;
        Evictable& member_;
        PerAddress* address_ = nullptr;
        bool admitted_ = false;
        /// It was told to give way, and counts no more.
        bool leaving_ = false;
        Hook all_;
        Hook idle_;
        Hook idle_of_address_;
    };

    /// `per_address` does not count for loopback.
    ConnectionTable(std::size_t total, std::size_t per_address);
    ~ConnectionTable();

    /// Has the longest-idle connection give way, if there is one.
    void make_room();

    /// Tells everybody to leave, and admits nobody any more.
    void drain();
    void abort();

    /// Connections that are there, leaving ones included.
    std::size_t size() const;

    /// Whether all connections were gone before the deadline.
    bool wait_until_empty(std::chrono::steady_clock::time_point deadline);

  private:
    template <Slot::Hook Slot::*hook>
    using SeatList =
        boost::intrusive::list<Slot, boost::intrusive::member_hook<Slot, Slot::Hook, hook>>;

    struct PerAddress {
        explicit PerAddress(const boost::asio::ip::address& prefix) : network(prefix) {}

        const boost::asio::ip::address network;
        std::size_t count = 0;
        SeatList<&Slot::idle_of_address_> idle;
    };

    bool admit(Slot& seat, const boost::asio::ip::address& peer);
    bool has_room(PerAddress* address);
    template <class Idle>
    bool evict_longest(Idle& idle);
    void leave(Slot& seat);
    void forget_idle(Slot& seat);
    void release(Slot& seat);

    const std::size_t total_;
    const std::size_t per_address_;
    mutable std::mutex mutex_;
    bool draining_ = false;
    std::condition_variable emptied_;
    std::size_t counted_ = 0;
    SeatList<&Slot::all_> all_;
    SeatList<&Slot::idle_> idle_;
    std::map<boost::asio::ip::address, PerAddress> addresses_;
};

}  // namespace roster::server
