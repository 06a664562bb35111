#include <roster/error.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace roster {
namespace {

constexpr int kLast = static_cast<int>(Errc::id_taken);

TEST(Error, EveryCodeHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (int value = 1; value <= kLast; ++value)
        names.insert(name_of(static_cast<Errc>(value)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(kLast));
    EXPECT_FALSE(names.contains("unknown"));
    EXPECT_EQ(name_of(static_cast<Errc>(kLast + 1)), "unknown");
}

TEST(Error, EveryCodeHasATextOfItsOwn) {
    for (int value = 1; value <= kLast; ++value) {
        EXPECT_NE(error_category().message(value), "unknown error") << value;
    }
    EXPECT_EQ(error_category().message(0), "unknown error");
    EXPECT_EQ(error_category().message(kLast + 1), "unknown error");
}

TEST(Error, ACodeBecomesAResult) {
    const result<int> r = Errc::forbidden;
    ASSERT_TRUE(r.has_error());
    EXPECT_EQ(r.error(), Errc::forbidden);
    EXPECT_NE(r.error(), Errc::user_not_found);
}

}  // namespace
}  // namespace roster
