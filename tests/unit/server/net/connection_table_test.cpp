#include "server/net/connection_table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace roster::server {
namespace {

using boost::asio::ip::make_address;
using Slot = ConnectionTable::Slot;

struct Connection final : Evictable {
    void request_close(CloseReason reason) override { reasons.push_back(reason); }
    bool is_evicted() const { return reasons == std::vector{CloseReason::evicted}; }

    std::vector<CloseReason> reasons;
};

const auto kLoopback = make_address("127.0.0.1");

ConnectionTable::Time at(int seconds) {
    return ConnectionTable::Time(std::chrono::seconds(seconds));
}

TEST(ConnectionTable, EvictsTheLongestIdle) {
    ConnectionTable table(2, 100);
    Connection a, b, c;
    Slot slot_a(table, a, kLoopback), slot_b(table, b, kLoopback);
    slot_b.idle(at(1));
    slot_a.idle(at(2));
    const Slot slot_c(table, c, kLoopback);
    EXPECT_TRUE(slot_c.admitted());
    EXPECT_TRUE(b.is_evicted());
    EXPECT_TRUE(a.reasons.empty());
}

TEST(ConnectionTable, DoesNotEvictABusyConnection) {
    ConnectionTable table(1, 100);
    Connection a, b;
    Slot slot_a(table, a, kLoopback);
    slot_a.idle(at(1));
    slot_a.busy();
    const Slot slot_b(table, b, kLoopback);
    EXPECT_FALSE(slot_b.admitted());
    EXPECT_TRUE(a.reasons.empty());
}

TEST(ConnectionTable, ARequestRestartsTheIdleTime) {
    ConnectionTable table(2, 100);
    Connection a, b, c;
    Slot slot_a(table, a, kLoopback), slot_b(table, b, kLoopback);
    slot_a.idle(at(1));
    slot_b.idle(at(2));
    slot_a.busy();
    slot_a.idle(at(3));
    slot_a.idle(at(4));  // nothing was answered in between
    const Slot slot_c(table, c, kLoopback);
    EXPECT_TRUE(b.is_evicted());
    EXPECT_TRUE(a.reasons.empty());
}

TEST(ConnectionTable, SoDoesOneThatWasAnsweredAtOnce) {
    ConnectionTable table(2, 100);
    Connection a, b, c, d;
    const auto elsewhere = make_address("192.0.2.1");
    Slot slot_a(table, a, elsewhere), slot_b(table, b, elsewhere);
    slot_a.idle(at(1));
    slot_b.idle(at(2));
    slot_a.idle(at(3), true);
    const Slot slot_c(table, c, elsewhere);
    EXPECT_TRUE(b.is_evicted());
    EXPECT_TRUE(a.reasons.empty());
    slot_b.idle(at(4), true);  // it does not know yet
    const Slot slot_d(table, d, elsewhere);
    EXPECT_TRUE(a.is_evicted());
    EXPECT_EQ(b.reasons.size(), 1U);
}

TEST(ConnectionTable, PutsInOrderWhatWasUsedSinceItWasListed) {
    ConnectionTable table(3, 100);
    Connection a, b, c, d, e, f;
    const auto elsewhere = make_address("192.0.2.1");
    Slot slot_a(table, a, elsewhere), slot_b(table, b, elsewhere), slot_c(table, c, elsewhere);
    slot_a.idle(at(1));
    slot_b.idle(at(2));
    slot_c.idle(at(3));
    slot_a.idle(at(6), true);
    slot_b.busy();
    slot_c.idle(at(5), true);
    const Slot slot_d(table, d, elsewhere);
    EXPECT_TRUE(c.is_evicted());
    slot_b.idle(at(7));
    const Slot slot_e(table, e, elsewhere);
    EXPECT_TRUE(a.is_evicted());
    const Slot slot_f(table, f, elsewhere);
    EXPECT_TRUE(b.is_evicted());
    EXPECT_EQ(c.reasons.size() + a.reasons.size(), 2U);
}

// For the thread sanitizer, too.
TEST(ConnectionTable, ConnectionsAreUsedWhileOthersAreEvicted) {
    constexpr std::size_t kConnections = 4;
    ConnectionTable table(1000, 1000);
    std::atomic<bool> is_over = false;
    std::vector<std::thread> threads;
    std::array<Connection, kConnections> connections;
    for (Connection& connection : connections)
        threads.emplace_back([&] {
            Slot slot(table, connection, kLoopback);
            for (int second = 1; !is_over; ++second) {
                slot.idle(at(second), second % 3 == 0);
                slot.busy();
            }
            slot.idle(at(1));
        });
    while (table.size() < kConnections)
        std::this_thread::yield();
    for (int i = 0; i < 1000; ++i)
        table.evict_longest_idle();
    is_over = true;
    for (std::thread& thread : threads)
        thread.join();
    for (const Connection& connection : connections)
        EXPECT_LE(connection.reasons.size(), 1U);
    EXPECT_EQ(table.size(), 0U);
}

TEST(ConnectionTable, AnEvictedConnectionDoesNotCount) {
    ConnectionTable table(1, 100);
    Connection a, b, c;
    auto slot_a = std::make_unique<Slot>(table, a, kLoopback);
    slot_a->idle(at(1));
    Slot slot_b(table, b, kLoopback);
    slot_a->idle(at(2));  // it does not know yet
    {
        const Slot slot_c(table, c, kLoopback);
        EXPECT_FALSE(slot_c.admitted());  // b is busy, and a is evicted only once
        EXPECT_TRUE(a.is_evicted());
    }
    slot_a.reset();
    slot_b.idle(at(3));
    const Slot slot_c(table, c, kLoopback);
    EXPECT_TRUE(slot_c.admitted());
    EXPECT_TRUE(b.is_evicted());
}

TEST(ConnectionTable, DoesNotEvictWhatWasNotAdmitted) {
    ConnectionTable table(1, 100);
    Connection a, b, c;
    const Slot slot_a(table, a, kLoopback);
    {
        Slot refused(table, b, kLoopback);
        refused.idle(at(1));
        const Slot slot_c(table, c, kLoopback);
        EXPECT_FALSE(slot_c.admitted());
    }
    EXPECT_TRUE(b.reasons.empty());
}

TEST(ConnectionTable, AFreeSlotCanBeTaken) {
    ConnectionTable table(1, 100);
    Connection a, b;
    std::make_unique<Slot>(table, a, kLoopback).reset();
    const Slot slot_b(table, b, kLoopback);
    EXPECT_TRUE(slot_b.admitted());
}

TEST(ConnectionTable, ANetworkHasACapOfItsOwn) {
    ConnectionTable table(100, 2);
    Connection a, b, c, other;
    const auto address = make_address("192.0.2.1");
    Slot slot_a(table, a, address), slot_b(table, b, address);
    Slot slot_other(table, other, make_address("192.0.2.2"));
    slot_other.idle(at(1));
    {
        const Slot refused(table, c, address);
        EXPECT_FALSE(refused.admitted());
    }
    EXPECT_TRUE(other.reasons.empty());  // a connection from elsewhere is not evicted for it
    slot_b.idle(at(2));
    const Slot slot_c(table, c, address);
    EXPECT_TRUE(slot_c.admitted());
    EXPECT_TRUE(b.is_evicted());
}

TEST(ConnectionTable, ANetworkMayHaveACapOfOne) {
    ConnectionTable table(100, 1);
    Connection a, b;
    const auto address = make_address("192.0.2.1");
    Slot slot_a(table, a, address);
    slot_a.idle(at(1));
    const Slot slot_b(table, b, address);
    EXPECT_TRUE(slot_b.admitted());
    EXPECT_TRUE(a.is_evicted());
}

TEST(ConnectionTable, LoopbackHasNoCapOfItsOwn) {
    ConnectionTable table(100, 1);
    Connection a, b, c, d;
    const Slot slot_a(table, a, kLoopback), slot_b(table, b, kLoopback);
    const Slot slot_c(table, c, make_address("::1"));
    const Slot slot_d(table, d, make_address("::ffff:127.0.0.1"));
    EXPECT_TRUE(slot_b.admitted() && slot_c.admitted() && slot_d.admitted());
}

TEST(ConnectionTable, AnIpv6NetworkHas64Bits) {
    ConnectionTable table(100, 1);
    Connection a, b, c, d;
    const Slot slot_a(table, a, make_address("2001:db8::1"));
    const Slot slot_b(table, b, make_address("2001:db8::ffff:2"));
    const Slot slot_c(table, c, make_address("2001:db8:0:1::1"));
    const Slot slot_d(table, d, make_address("::ffff:192.0.2.1"));
    EXPECT_FALSE(slot_b.admitted());
    EXPECT_TRUE(slot_c.admitted());
    EXPECT_TRUE(slot_d.admitted());
    Connection e;
    const Slot slot_e(table, e, make_address("192.0.2.1"));
    EXPECT_FALSE(slot_e.admitted());  // the same address, written as IPv4
}

TEST(ConnectionTable, EvictsIdleConnectionsOnly) {
    ConnectionTable table(100, 100);
    Connection a, b;
    Slot slot_a(table, a, kLoopback), slot_b(table, b, kLoopback);
    table.evict_longest_idle();
    slot_b.idle(at(1));
    table.evict_longest_idle();
    table.evict_longest_idle();
    EXPECT_TRUE(a.reasons.empty());
    EXPECT_TRUE(b.is_evicted());
}

TEST(ConnectionTable, ClosesAllConnections) {
    ConnectionTable table(1, 100);
    Connection a, b;
    Slot slot_a(table, a, kLoopback);
    slot_a.idle(at(1));
    const Slot slot_b(table, b, kLoopback);  // evicts a, which is not gone yet
    table.close_all(CloseReason::stopping);
    table.close_all(CloseReason::aborted);
    EXPECT_EQ(a.reasons,
              (std::vector{CloseReason::evicted, CloseReason::stopping, CloseReason::aborted}));
    EXPECT_EQ(b.reasons, (std::vector{CloseReason::stopping, CloseReason::aborted}));
}

TEST(ConnectionTable, AdmitsNoneWhileItCloses) {
    ConnectionTable table(10, 100);
    Connection a;
    table.close_all(CloseReason::stopping);
    const Slot slot(table, a, kLoopback);
    EXPECT_FALSE(slot.admitted());
    EXPECT_TRUE(table.wait_until_empty(std::chrono::steady_clock::now()));
}

TEST(ConnectionTable, CapsWhatWaitsToBeSent) {
    constexpr std::size_t kMost = ConnectionTable::kMostUnsentBytes;
    ConnectionTable table(1, 1);
    EXPECT_TRUE(table.claim_unsent(kMost - 10));
    EXPECT_FALSE(table.claim_unsent(11));
    EXPECT_TRUE(table.claim_unsent(10)) << "what was refused does not count";
    EXPECT_FALSE(table.claim_unsent(1));
    table.release_unsent(10);
    EXPECT_TRUE(table.claim_unsent(1));
}

TEST(ConnectionTable, WaitsUntilAllAreGone) {
    ConnectionTable table(10, 100);
    Connection a;
    auto slot = std::make_unique<Slot>(table, a, kLoopback);
    EXPECT_FALSE(table.wait_until_empty(std::chrono::steady_clock::now()));
    slot.reset();
    EXPECT_TRUE(table.wait_until_empty(std::chrono::steady_clock::now()));
}

}  // namespace
}  // namespace roster::server
