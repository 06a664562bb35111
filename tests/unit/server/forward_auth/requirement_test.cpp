#include "server/forward_auth/requirement.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace roster::server {
namespace {

using namespace std::chrono_literals;

class Requirements : public ::testing::Test {
  protected:
    std::optional<ProxyFault> read(const std::string& query) {
        text_ = "/?" + query;
        requirement_ = Requirement();
        EXPECT_EQ(target_.parse(text_, false), "");
        return read_requirement(target_.parameters(), requirement_);
    }

    bool allows(Role role, std::vector<std::string> groups) {
        User user;
        user.role = role;
        user.profile.groups = std::move(groups);
        return requirement_.allows(user);
    }

    std::string text_;
    protocol::http::Target target_;
    Requirement requirement_;
};

TEST_F(Requirements, NoneLetsEveryUserIn) {
    EXPECT_FALSE(read(""));
    EXPECT_TRUE(requirement_.redirects);
    EXPECT_FALSE(requirement_.max_age);
    EXPECT_TRUE(allows(Role::user, {}));
}

TEST_F(Requirements, OneOfTheGroupsIsEnough) {
    EXPECT_FALSE(read("group=media,home.admins"));
    EXPECT_TRUE(allows(Role::user, {"a", "media"}));
    EXPECT_TRUE(allows(Role::user, {"home.admins"}));
    EXPECT_FALSE(allows(Role::user, {"medi", "media2", "home"}));
    EXPECT_FALSE(allows(Role::user, {}));
    // A role is no group.
    EXPECT_FALSE(read("group=admin"));
    EXPECT_FALSE(allows(Role::admin, {}));
}

TEST_F(Requirements, AllOfThemMustBeMet) {
    EXPECT_FALSE(read("role=admin&group=media&max_age=12h&redirect=never"));
    EXPECT_TRUE(allows(Role::admin, {"media"}));
    EXPECT_FALSE(allows(Role::user, {"media"}));
    EXPECT_FALSE(allows(Role::admin, {"a"}));
    EXPECT_EQ(requirement_.max_age, 12h);
    EXPECT_FALSE(requirement_.redirects);
}

TEST_F(Requirements, WhatIsNotKnownIsRefused) {
    for (const auto& [query, fault] : {
             std::pair<std::string, ProxyFault>{"groups=media", ProxyFault::unknown_parameter},
             {"Group=media", ProxyFault::unknown_parameter},
             {"group=media&x", ProxyFault::unknown_parameter},
             {"group%20=media", ProxyFault::unknown_parameter},
             {"=", ProxyFault::unknown_parameter},
             {"group=a&group=b", ProxyFault::repeated_parameter},
             {"redirect=auto&redirect=auto", ProxyFault::repeated_parameter},
             {"group", ProxyFault::bad_group},
             {"group=", ProxyFault::bad_group},
             {"group=a,", ProxyFault::bad_group},
             {"group=,a", ProxyFault::bad_group},
             {"group=a,,b", ProxyFault::bad_group},
             {"group=a+b", ProxyFault::bad_group},
             {"group=Media", ProxyFault::bad_group},
             {"group=*", ProxyFault::bad_group},
             {"role=", ProxyFault::bad_role},
             {"role=user", ProxyFault::bad_role},
             {"role=admins", ProxyFault::bad_role},
             {"max_age=", ProxyFault::bad_max_age},
             {"max_age=0", ProxyFault::bad_max_age},
             {"max_age=500ms", ProxyFault::bad_max_age},
             {"max_age=-1h", ProxyFault::bad_max_age},
             {"max_age=99999d", ProxyFault::bad_max_age},
             {"redirect=", ProxyFault::bad_redirect},
             {"redirect=no", ProxyFault::bad_redirect},
         })
        EXPECT_EQ(read(query), fault) << query;
}

}  // namespace
}  // namespace roster::server
