#include "storage/json/recent_changes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace roster::storage {
namespace {

TEST(RecentChanges, GivesWhatEachUserWasWhenAUsersFileWasWritten) {
    RecentChanges recent(10);
    recent.add(11, 1, 100);
    recent.add(12, 1, 101);
    recent.begin_file(12);
    recent.add(13, 1, 102);
    recent.add(14, 2, 0);
    const auto since_start = recent.since(10);
    EXPECT_EQ(since_start.at(1), 100U);
    EXPECT_EQ(since_start.at(2), 0U);
    const auto since_book = recent.since(12);
    EXPECT_EQ(since_book.at(1), 102U);
    EXPECT_EQ(since_book.size(), 2U);
    recent.begin_file(14);
    EXPECT_TRUE(recent.since(14).empty());
}

TEST(RecentChanges, KnowsOnlyRevisionsOfUsersFiles) {
    RecentChanges recent(10);
    recent.add(11, 1, 100);
    recent.add(12, 2, 100);
    recent.begin_file(12);
    EXPECT_TRUE(recent.knows_file(10));
    EXPECT_TRUE(recent.knows_file(12));
    for (const Revision none : {9U, 11U, 13U})
        EXPECT_FALSE(recent.knows_file(none)) << none;
}

TEST(RecentChanges, AgreesWithTheWholeHistory) {
    using State = std::map<UserId, std::uint64_t>;
    std::mt19937 random(5);
    State users;
    std::map<Revision, State> files{{0, users}};
    RecentChanges recent(0, 300);
    for (Revision revision = 1; revision <= 2'000; ++revision) {
        const UserId id = random() % 40 + 1;
        recent.add(revision, id, users[id]);
        users[id] = random() % 4 == 0 ? 0 : revision;
        if (random() % 20 != 0) continue;
        recent.begin_file(revision);
        files[revision] = users;
        std::size_t known = 0;
        for (auto& [written, then] : files) {
            if (!recent.knows_file(written)) continue;
            ++known;
            for (const auto& [changed, digest] : recent.since(written))
                EXPECT_EQ(digest, then[changed]);
            for (const auto& [user, digest] : users) {
                if (digest != then[user]) {
                    EXPECT_TRUE(recent.since(written).contains(user));
                }
            }
        }
        EXPECT_GT(known, std::min<std::size_t>(files.size() - 1, 5));
        if (HasFailure()) return;
    }
    EXPECT_FALSE(recent.knows_file(0));
}

TEST(RecentChanges, ForgetsTheOldestFirst) {
    RecentChanges recent(0, 4);
    for (Revision revision = 1; revision <= 4; ++revision) {
        recent.add(revision, 1, revision);
        recent.begin_file(revision);
    }
    EXPECT_TRUE(recent.knows_file(0));
    recent.add(5, 1, 5);
    EXPECT_FALSE(recent.knows_file(0));
    for (Revision file = 1; file <= 4; ++file)
        EXPECT_EQ(recent.since(file).at(1), file + 1) << file;
}

TEST(RecentChanges, OneUserWhoChangesForEverTakesNoMemory) {
    RecentChanges recent(0, 1'000);
    recent.add(1, 7, 0);
    const std::size_t before = recent.memory_bytes();
    for (Revision revision = 2; revision <= 100'000; ++revision)
        recent.add(revision, 7, revision);
    EXPECT_EQ(recent.memory_bytes(), before);
    EXPECT_TRUE(recent.knows_file(0));
}

// As when a person's broken text keeps the users file from being written, and everybody signs up.
TEST(RecentChanges, IsBoundedWhenNoUsersFileIsWrittenAnyMore) {
    RecentChanges recent(0, 1'000);
    std::size_t most = 0;
    for (Revision revision = 1; revision <= 100'000; ++revision) {
        recent.add(revision, revision, 0);
        most = std::max(most, recent.memory_bytes());
    }
    EXPECT_LT(most, 1'000U * 64U);
    EXPECT_FALSE(recent.knows_file(0));
    recent.begin_file(100'000);
    recent.add(100'001, 5, 77);
    EXPECT_TRUE(recent.knows_file(100'000));
    EXPECT_EQ(recent.since(100'000).at(5), 77U);
    EXPECT_EQ(recent.since(100'000).size(), 1U);
}

TEST(RecentChanges, IsBoundedWhenUsersFilesAreWrittenForEver) {
    RecentChanges recent(0, 1'000);
    for (Revision revision = 1; revision <= 100'000; ++revision) {
        recent.add(revision, 7, revision);
        recent.begin_file(revision);
        recent.begin_file(revision);
    }
    EXPECT_LT(recent.memory_bytes(), 1'000U * 64U);
    EXPECT_TRUE(recent.knows_file(99'500));
}

}  // namespace
}  // namespace roster::storage
