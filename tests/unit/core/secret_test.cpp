#include <roster/secret.hpp>

#include <gtest/gtest.h>

#include <array>
#include <iterator>
#include <ostream>
#include <utility>

namespace roster {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
    out << value;
};
static_assert(!Printable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);

TEST(Secret, HoldsBytesWithZeroesInThem) {
    const std::string_view bytes("a\0b", 3);
    EXPECT_EQ(Secret(bytes).reveal(), bytes);
    EXPECT_TRUE(Secret().empty());
}

TEST(Secret, AMovedFromSecretIsEmpty) {
    Secret a("hunter2");
    const Secret b = std::move(a);
    EXPECT_EQ(b.reveal(), "hunter2");
    EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): that is the point
}

TEST(Secret, CopiesAreIndependent) {
    Secret a("one");
    Secret b = a;
    a = Secret("two");
    EXPECT_EQ(b.reveal(), "one");
    EXPECT_EQ(a.reveal(), "two");
}

TEST(Secret, WipeOverwrites) {
    std::array<char, 4> memory{'a', 'b', 'c', 'd'};
    wipe(memory.data(), 3);
    EXPECT_EQ(memory, (std::array<char, 4>{0, 0, 0, 'd'}));
}

}  // namespace
}  // namespace roster
