#include "storage/json/recent_changes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace roster::storage {
namespace {

TEST(RecentChanges, GivesWhatEachUserWasWhenABookWasWritten) {
    RecentChanges recent(10);
    recent.add(11, 1, 100);
    recent.add(12, 1, 101);
    recent.begin_book(12);
    recent.add(13, 1, 102);
    recent.add(14, 2, 0);
    const auto since_start = recent.since(10);
    EXPECT_EQ(since_start.at(1), 100U);
    EXPECT_EQ(since_start.at(2), 0U);
    const auto since_book = recent.since(12);
    EXPECT_EQ(since_book.at(1), 102U);
    EXPECT_EQ(since_book.size(), 2U);
    recent.begin_book(14);
    EXPECT_TRUE(recent.since(14).empty());
}

TEST(RecentChanges, KnowsOnlyRevisionsOfBooks) {
    RecentChanges recent(10);
    recent.add(11, 1, 100);
    recent.add(12, 2, 100);
    recent.begin_book(12);
    EXPECT_TRUE(recent.knows_book(10));
    EXPECT_TRUE(recent.knows_book(12));
    for (const Revision none : {9U, 11U, 13U})
        EXPECT_FALSE(recent.knows_book(none)) << none;
}

TEST(RecentChanges, AgreesWithTheWholeHistory) {
    using State = std::map<UserId, std::uint64_t>;
    std::mt19937 random(5);
    State users;
    std::map<Revision, State> books{{0, users}};
    RecentChanges recent(0, 300);
    for (Revision revision = 1; revision <= 2'000; ++revision) {
        const UserId id = random() % 40 + 1;
        recent.add(revision, id, users[id]);
        users[id] = random() % 4 == 0 ? 0 : revision;
        if (random() % 20 != 0) continue;
        recent.begin_book(revision);
        books[revision] = users;
        std::size_t known = 0;
        for (auto& [written, then] : books) {
            if (!recent.knows_book(written)) continue;
            ++known;
            for (const auto& [changed, digest] : recent.since(written))
                EXPECT_EQ(digest, then[changed]);
            for (const auto& [user, digest] : users) {
                if (digest != then[user]) {
                    EXPECT_TRUE(recent.since(written).contains(user));
                }
            }
        }
        EXPECT_GT(known, std::min<std::size_t>(books.size() - 1, 5));
        if (HasFailure()) return;
    }
    EXPECT_FALSE(recent.knows_book(0));
}

TEST(RecentChanges, ForgetsTheOldestFirst) {
    RecentChanges recent(0, 4);
    for (Revision revision = 1; revision <= 4; ++revision) {
        recent.add(revision, 1, revision);
        recent.begin_book(revision);
    }
    EXPECT_TRUE(recent.knows_book(0));
    recent.add(5, 1, 5);
    EXPECT_FALSE(recent.knows_book(0));
    for (Revision book = 1; book <= 4; ++book)
        EXPECT_EQ(recent.since(book).at(1), book + 1) << book;
}

TEST(RecentChanges, OneUserWhoChangesForEverTakesNoMemory) {
    RecentChanges recent(0, 1'000);
    recent.add(1, 7, 0);
    const std::size_t before = recent.memory_bytes();
    for (Revision revision = 2; revision <= 100'000; ++revision)
        recent.add(revision, 7, revision);
    EXPECT_EQ(recent.memory_bytes(), before);
    EXPECT_TRUE(recent.knows_book(0));
}

// As when a person's broken text keeps the book from being written, and everybody signs up.
TEST(RecentChanges, IsBoundedWhenNoBookIsWrittenAnyMore) {
    RecentChanges recent(0, 1'000);
    std::size_t most = 0;
    for (Revision revision = 1; revision <= 100'000; ++revision) {
        recent.add(revision, revision, 0);
        most = std::max(most, recent.memory_bytes());
    }
    EXPECT_LT(most, 1'000U * 64U);
    EXPECT_FALSE(recent.knows_book(0));
    recent.begin_book(100'000);
    recent.add(100'001, 5, 77);
    EXPECT_TRUE(recent.knows_book(100'000));
    EXPECT_EQ(recent.since(100'000).at(5), 77U);
    EXPECT_EQ(recent.since(100'000).size(), 1U);
}

TEST(RecentChanges, IsBoundedWhenBooksAreWrittenForEver) {
    RecentChanges recent(0, 1'000);
    for (Revision revision = 1; revision <= 100'000; ++revision) {
        recent.add(revision, 7, revision);
        recent.begin_book(revision);
        recent.begin_book(revision);
    }
    EXPECT_LT(recent.memory_bytes(), 1'000U * 64U);
    EXPECT_TRUE(recent.knows_book(99'500));
}

}  // namespace
}  // namespace roster::storage
