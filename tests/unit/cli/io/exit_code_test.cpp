#include "cli/io/exit_code.hpp"

#include <gtest/gtest.h>

namespace roster::cli {
namespace {

TEST(ExitCode, SaysWhatKindOfFailureItWas) {
    EXPECT_EQ(exit_code(Errc::internal), ExitCode::failed);
    EXPECT_EQ(exit_code(Errc::address_unavailable), ExitCode::failed);
    EXPECT_EQ(exit_code(Errc::password_too_short), ExitCode::usage);
    EXPECT_EQ(exit_code(Errc::invalid_request), ExitCode::usage);
    EXPECT_EQ(exit_code(Errc::user_not_found), ExitCode::not_found);
    EXPECT_EQ(exit_code(Errc::email_taken), ExitCode::conflict);
    EXPECT_EQ(exit_code(Errc::last_admin), ExitCode::conflict);
    EXPECT_EQ(exit_code(Errc::store_locked), ExitCode::store);
    EXPECT_EQ(exit_code(Errc::store_damaged), ExitCode::store);
    EXPECT_EQ(exit_code(Errc::store_unavailable), ExitCode::store);
}

TEST(ExitCode, OfAnErrorCodeDependsOnItsCategory) {
    const int locked = static_cast<int>(Errc::store_locked);
    EXPECT_EQ(exit_code(make_error_code(Errc::store_locked)), ExitCode::store);
    EXPECT_EQ(exit_code(boost::system::error_code(locked, boost::system::system_category())),
              ExitCode::failed);
    EXPECT_EQ(exit_code(boost::system::error_code()), ExitCode::ok);
}

}  // namespace
}  // namespace roster::cli
