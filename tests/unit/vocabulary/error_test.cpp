#include <roster/error.hpp>

#include <gtest/gtest.h>

namespace roster {
namespace {

TEST(Error, EveryCodeHasATextOfItsOwn) {
    for (int value = 1; value <= static_cast<int>(Errc::address_unavailable); ++value) {
        EXPECT_NE(error_category().message(value), "unknown error") << value;
    }
    EXPECT_EQ(error_category().message(0), "unknown error");
    EXPECT_EQ(error_category().message(static_cast<int>(Errc::address_unavailable) + 1),
              "unknown error");
}

TEST(Error, ACodeBecomesAResult) {
    const result<int> r = Errc::forbidden;
    ASSERT_TRUE(r.has_error());
    EXPECT_EQ(r.error(), Errc::forbidden);
    EXPECT_NE(r.error(), Errc::user_not_found);
}

}  // namespace
}  // namespace roster
