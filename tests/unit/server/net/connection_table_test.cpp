#include "server/net/connection_table.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace roster::server {
namespace {

using boost::asio::ip::make_address;
using Slot = ConnectionTable::Slot;

struct Member final : Evictable {
    void give_way() override { ++gave_way; }
    void drain() override { ++drained; }
    void abort() override { ++aborted; }

    int gave_way = 0;
    int drained = 0;
    int aborted = 0;
};

const auto kLoopback = make_address("127.0.0.1");

TEST(ConnectionTable, TheLongestIdleGivesWay) {
    ConnectionTable table(2, 100);
    Member a, b, c;
    Slot seat_a(table, a, kLoopback), seat_b(table, b, kLoopback);
    seat_b.idle();
    seat_a.idle();
    const Slot seat_c(table, c, kLoopback);
    EXPECT_TRUE(seat_c.admitted());
    EXPECT_EQ(b.gave_way, 1);
    EXPECT_EQ(a.gave_way, 0);
}

TEST(ConnectionTable, ABusyConnectionDoesNotGiveWay) {
    ConnectionTable table(1, 100);
    Member a, b;
    Slot seat_a(table, a, kLoopback);
    seat_a.idle();
    seat_a.busy();
    const Slot seat_b(table, b, kLoopback);
    EXPECT_FALSE(seat_b.admitted());
    EXPECT_EQ(a.gave_way, 0);
}

TEST(ConnectionTable, AnsweringMovesAConnectionToTheEndOfTheLine) {
    ConnectionTable table(2, 100);
    Member a, b, c;
    Slot seat_a(table, a, kLoopback), seat_b(table, b, kLoopback);
    seat_a.idle();
    seat_b.idle();
    seat_a.busy();
    seat_a.idle();
    seat_a.idle();  // nothing was answered in between
    const Slot seat_c(table, c, kLoopback);
    EXPECT_EQ(b.gave_way, 1);
    EXPECT_EQ(a.gave_way, 0);
}

TEST(ConnectionTable, WhoGaveWayCountsNoMore) {
    ConnectionTable table(1, 100);
    Member a, b, c;
    auto seat_a = std::make_unique<Slot>(table, a, kLoopback);
    seat_a->idle();
    Slot seat_b(table, b, kLoopback);
    seat_a->idle();  // it does not know yet
    EXPECT_EQ(table.size(), 2U);
    {
        const Slot seat_c(table, c, kLoopback);
        EXPECT_FALSE(seat_c.admitted());  // b is busy, and a is asked only once
        EXPECT_EQ(a.gave_way, 1);
    }
    seat_a.reset();
    seat_b.idle();
    const Slot seat_c(table, c, kLoopback);
    EXPECT_TRUE(seat_c.admitted());
    EXPECT_EQ(b.gave_way, 1);
}

TEST(ConnectionTable, WhoWasNotAdmittedCannotGiveWay) {
    ConnectionTable table(1, 100);
    Member a, b, c;
    const Slot seat_a(table, a, kLoopback);
    {
        Slot refused(table, b, kLoopback);
        refused.idle();
        const Slot seat_c(table, c, kLoopback);
        EXPECT_FALSE(seat_c.admitted());
    }
    EXPECT_EQ(b.gave_way, 0);
}

TEST(ConnectionTable, AFreedPlaceCanBeTaken) {
    ConnectionTable table(1, 100);
    Member a, b;
    std::make_unique<Slot>(table, a, kLoopback).reset();
    const Slot seat_b(table, b, kLoopback);
    EXPECT_TRUE(seat_b.admitted());
}

TEST(ConnectionTable, AnAddressHasACapOfItsOwn) {
    ConnectionTable table(100, 2);
    Member a, b, c, other;
    const auto address = make_address("192.0.2.1");
    Slot seat_a(table, a, address), seat_b(table, b, address);
    Slot seat_other(table, other, make_address("192.0.2.2"));
    seat_other.idle();
    {
        const Slot refused(table, c, address);
        EXPECT_FALSE(refused.admitted());
    }
    EXPECT_EQ(other.gave_way, 0);  // it is not the others who pay
    seat_b.idle();
    const Slot seat_c(table, c, address);
    EXPECT_TRUE(seat_c.admitted());
    EXPECT_EQ(b.gave_way, 1);
}

TEST(ConnectionTable, AnAddressMayHaveACapOfOne) {
    ConnectionTable table(100, 1);
    Member a, b;
    const auto address = make_address("192.0.2.1");
    Slot seat_a(table, a, address);
    seat_a.idle();
    const Slot seat_b(table, b, address);
    EXPECT_TRUE(seat_b.admitted());
    EXPECT_EQ(a.gave_way, 1);
}

TEST(ConnectionTable, LoopbackHasNoCapOfItsOwn) {
    ConnectionTable table(100, 1);
    Member a, b, c, d;
    const Slot seat_a(table, a, kLoopback), seat_b(table, b, kLoopback);
    const Slot seat_c(table, c, make_address("::1"));
    const Slot seat_d(table, d, make_address("::ffff:127.0.0.1"));
    EXPECT_TRUE(seat_b.admitted() && seat_c.admitted() && seat_d.admitted());
}

TEST(ConnectionTable, AnIpv6NetworkOf64BitsIsOneAddress) {
    ConnectionTable table(100, 1);
    Member a, b, c, d;
    const Slot seat_a(table, a, make_address("2001:db8::1"));
    const Slot seat_b(table, b, make_address("2001:db8::ffff:2"));
    const Slot seat_c(table, c, make_address("2001:db8:0:1::1"));
    const Slot seat_d(table, d, make_address("::ffff:192.0.2.1"));
    EXPECT_FALSE(seat_b.admitted());
    EXPECT_TRUE(seat_c.admitted());
    EXPECT_TRUE(seat_d.admitted());
    Member e;
    const Slot seat_e(table, e, make_address("192.0.2.1"));
    EXPECT_FALSE(seat_e.admitted());  // the same address, written as IPv4
}

TEST(ConnectionTable, MakeRoomAsksOnlyIdleOnes) {
    ConnectionTable table(100, 100);
    Member a, b;
    Slot seat_a(table, a, kLoopback), seat_b(table, b, kLoopback);
    table.make_room();
    seat_b.idle();
    table.make_room();
    table.make_room();
    EXPECT_EQ(a.gave_way, 0);
    EXPECT_EQ(b.gave_way, 1);
}

TEST(ConnectionTable, DrainAndAbortReachEverybody) {
    ConnectionTable table(1, 100);
    Member a, b;
    Slot seat_a(table, a, kLoopback);
    seat_a.idle();
    const Slot seat_b(table, b, kLoopback);  // a gives way, but is still there
    table.drain();
    table.abort();
    EXPECT_EQ(a.drained, 1);
    EXPECT_EQ(b.drained, 1);
    EXPECT_EQ(a.aborted, 1);
    EXPECT_EQ(b.aborted, 1);
}

TEST(ConnectionTable, AdmitsNobodyOnceItDrains) {
    ConnectionTable table(10, 100);
    Member a;
    table.drain();
    const Slot seat(table, a, kLoopback);
    EXPECT_FALSE(seat.admitted());
    EXPECT_TRUE(table.wait_until_empty(std::chrono::steady_clock::now()));
}

TEST(ConnectionTable, WaitsUntilEverybodyIsGone) {
    ConnectionTable table(10, 100);
    Member a;
    auto seat = std::make_unique<Slot>(table, a, kLoopback);
    EXPECT_FALSE(table.wait_until_empty(std::chrono::steady_clock::now()));
    seat.reset();
    EXPECT_TRUE(table.wait_until_empty(std::chrono::steady_clock::now()));
}

}  // namespace
}  // namespace roster::server
