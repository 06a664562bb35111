#include <roster/error.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

namespace roster {
namespace {

constexpr int kLast = static_cast<int>(Errc::outcome_unknown);

TEST(Error, EveryCodeHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (int value = 1; value <= kLast; ++value)
        names.insert(name_of(static_cast<Errc>(value)));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(kLast));
    EXPECT_FALSE(names.contains("unknown"));
    EXPECT_EQ(name_of(static_cast<Errc>(kLast + 1)), "unknown");
}

TEST(Error, EveryCodeHasATextOfItsOwn) {
    std::set<std::string> texts;
    for (int value = 1; value <= kLast; ++value)
        texts.insert(error_category().message(value));
    EXPECT_EQ(texts.size(), static_cast<std::size_t>(kLast));
    EXPECT_EQ(error_category().message(0), "unknown error");
    EXPECT_EQ(error_category().message(kLast + 1), "unknown error");
}

TEST(Error, HasAClassThatDependsOnTheCategory) {
    EXPECT_EQ(class_of(Errc::email_too_short), ErrorClass::invalid);
    EXPECT_EQ(class_of(Errc::last_admin), ErrorClass::conflict);
    EXPECT_EQ(class_of(make_error_code(Errc::overloaded)), ErrorClass::unavailable);
    const int forbidden = static_cast<int>(Errc::forbidden);
    const boost::system::error_code other(forbidden, boost::system::system_category());
    EXPECT_EQ(class_of(other), ErrorClass::internal);
    EXPECT_EQ(class_of(static_cast<Errc>(kLast + 1)), ErrorClass::internal);
}

TEST(Error, ACodeBecomesAResult) {
    const result<int> r = Errc::forbidden;
    ASSERT_TRUE(r.has_error());
    EXPECT_EQ(r.error(), Errc::forbidden);
    EXPECT_NE(r.error(), Errc::user_not_found);
}

}  // namespace
}  // namespace roster
