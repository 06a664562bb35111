#include "server/forward_auth/identity_headers.hpp"

#include <gtest/gtest.h>

namespace roster::server {
namespace {

std::string headers_of(const User& user) {
    protocol::http::Response response;
    add_identity(user, response);
    return std::string(response.header_lines());
}

User some_user() {
    User user;
    user.id = 7;
    user.email = "ada@example.com";
    return user;
}

TEST(IdentityHeaders, AreAllThereForAUserWithNothingButAnEmail) {
    EXPECT_EQ(headers_of(some_user()),
              "Remote-User: ada@example.com\r\nRemote-Name: ada@example.com\r\n"
              "Remote-Email: ada@example.com\r\nRemote-Groups: user\r\n"
              "Roster-User-Id: 7\r\nRoster-Role: user\r\n");
}

TEST(IdentityHeaders, SayTheProfile) {
    User user = some_user();
    user.role = Role::admin;
    user.profile.username = "ada";
    user.profile.name = "Ada Lovelace";
    user.profile.groups = {"admin", "media", "photos"};
    EXPECT_EQ(headers_of(user),
              "Remote-User: ada\r\nRemote-Name: Ada Lovelace\r\nRemote-Email: ada@example.com\r\n"
              "Remote-Groups: media,photos,admin\r\nRoster-User-Id: 7\r\nRoster-Role: admin\r\n");
}

TEST(IdentityHeaders, ArePrintableAsciiAndDifferForDifferentTexts) {
    EXPECT_EQ(header_text("J\xC3\xBCrgen"), "J%C3%BCrgen");
    EXPECT_EQ(header_text("100%"), "100%25");
    // Otherwise one user could have what another one has once it is decoded.
    EXPECT_EQ(header_text("%61dmin"), "%2561dmin");
    // Fields have no blanks at their ends.
    EXPECT_EQ(header_text(" admin"), "%20admin");
    EXPECT_EQ(header_text("admin  "), "admin%20%20");
    EXPECT_EQ(header_text("   "), "%20%20%20");
    EXPECT_EQ(header_text("a b"), "a b");
    EXPECT_EQ(header_text("a\r\nRemote-User: root"), "a%0D%0ARemote-User: root");
    EXPECT_EQ(header_text("\x7F\t"), "%7F%09");
}

}  // namespace
}  // namespace roster::server
