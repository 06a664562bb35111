#include "cli/config/audit_options.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace roster::cli {
namespace {

namespace fs = std::filesystem;

TEST(AuditPlace, IsWhatIsSaid) {
    AuditSettings settings;
    for (const char* where : {"off", "-", "/var/log/roster"}) {
        settings.where = where;
        EXPECT_EQ(audit_place(settings, "json:users.json"), where);
    }
}

TEST(AuditPlace, IsBesideTheStoresFileOtherwise) {
    const AuditSettings settings;
    const std::string here = fs::canonical(fs::current_path()).string();
    EXPECT_EQ(audit_place(settings, "json:users.json"), here + "/users.json.audit");
    EXPECT_EQ(audit_place(settings, "sqlite:roster.db"), here + "/roster.db.audit");
    EXPECT_EQ(audit_place(settings, "memory:"), "off");
}

TEST(AuditPlace, IsBesideTheFileThatALinkLeadsTo) {
    std::string pattern = testing::TempDir() + "roster-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    const fs::path directory = fs::canonical(pattern);
    fs::create_directory(directory / "real");
    fs::create_symlink("real/book.json", directory / "users.json");
    EXPECT_EQ(audit_place(AuditSettings(), "json:" + (directory / "users.json").string()),
              (directory / "real" / "book.json.audit").string());
    fs::remove_all(directory);
}

}  // namespace
}  // namespace roster::cli
