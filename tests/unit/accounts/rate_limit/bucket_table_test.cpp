#include "accounts/rate_limit/bucket_table.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace roster::accounts {
namespace {

struct Entry {
    std::uint64_t weight = 0;
};

class ThrottleTableTest : public ::testing::Test {
  protected:
    Entry* make(std::uint64_t id, std::uint64_t weight) {
        Entry* entry = table_.find_or_make(
            AccountKey::user(id), [](const Entry& e) { return e.weight; },
            [this](const AccountKey& gone) { dropped_.push_back(gone.text()); });
        if (entry != nullptr) entry->weight = weight;
        return entry;
    }

    static constexpr std::size_t kCapacity = 256;
    BucketTable<AccountKey, Entry> table_{"test", kCapacity};
    std::vector<std::string> dropped_;
};

TEST_F(ThrottleTableTest, KeepsEverythingUntilItIsFull) {
    for (std::uint64_t id = 0; id < kCapacity; ++id)
        make(id, 1);
    EXPECT_EQ(table_.size(), kCapacity);
    EXPECT_TRUE(dropped_.empty());
    make(0, 2);
    EXPECT_TRUE(dropped_.empty());
    EXPECT_EQ(table_.find(AccountKey::user(0))->weight, 2U);
}

TEST_F(ThrottleTableTest, NeverOutgrowsItsCapacity) {
    for (std::uint64_t id = 0; id < 10 * kCapacity; ++id)
        make(id, 1);
    EXPECT_EQ(table_.size(), kCapacity);
    EXPECT_EQ(dropped_.size(), 9 * kCapacity);
}

TEST_F(ThrottleTableTest, LetsTheLightOnesGiveWay) {
    constexpr std::uint64_t kHeavy = kCapacity / 4;
    for (std::uint64_t id = 0; id < kHeavy; ++id)
        make(id, 100);
    for (std::uint64_t id = kHeavy; id < 1000 * kCapacity; ++id)
        make(id, 1);
    for (std::uint64_t id = 0; id < kHeavy; ++id)
        EXPECT_NE(table_.find(AccountKey::user(id)), nullptr) << id;
}

TEST_F(ThrottleTableTest, MakesNoRoomWherePinnedEntriesAre) {
    for (std::uint64_t id = 0; id < kCapacity; ++id)
        make(id, kPinned);
    EXPECT_EQ(make(kCapacity, 1), nullptr);
    EXPECT_EQ(table_.size(), kCapacity);
    EXPECT_TRUE(dropped_.empty());
}

TEST_F(ThrottleTableTest, NamesItsKeys) {
    EXPECT_EQ(table_.name_of(AccountKey::user(17)), "test account:17");
}

}  // namespace
}  // namespace roster::accounts
