#include <roster/user.hpp>

#include <gtest/gtest.h>

namespace roster {
namespace {

TEST(User, RolesHaveNames) {
    for (const Role role : {Role::admin, Role::user})
        EXPECT_EQ(parse_role(to_string(role)), role);
    EXPECT_FALSE(parse_role("Admin"));
    EXPECT_FALSE(parse_role(""));
}

TEST(User, EmailsAreComparedInAsciiLowerCase) {
    EXPECT_EQ(fold_email("A.b@C.Com"), "a.b@c.com");
    EXPECT_EQ(fold_email("Ä@x"), "Ä@x");
}

}  // namespace
}  // namespace roster
