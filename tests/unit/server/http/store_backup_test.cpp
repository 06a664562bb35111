#include "server/http/store_backup.hpp"

#include <gtest/gtest.h>

namespace roster::server {
namespace {

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1795338000)};

TEST(BackupName, IsThatOfTheStoreAndOfTheDay) {
    EXPECT_EQ(backup_name("sqlite:/srv/roster.db", kNow), "roster.db-2026-11-22.backup");
    EXPECT_EQ(backup_name("json:users.json", kNow), "users.json-2026-11-22.backup");
}

TEST(BackupName, NeedsNoEscapesInAHeader) {
    EXPECT_EQ(backup_name("json:/srv/a \"b\";\r\nc", kNow), "a__b____c-2026-11-22.backup");
}

}  // namespace
}  // namespace roster::server
