#include "unit/server/http/api_fixture.hpp"

#include <algorithm>
#include <string>

namespace roster::server {
namespace {

class TransferRoutes : public ApiTest {
  protected:
    std::string admin() { return log_in("admin@a.com"); }

    static std::size_t lines_of(const std::string& text) {
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }
};

TEST_F(TransferRoutes, AreForAdministrators) {
    const std::string user = log_in("user@a.com");
    EXPECT_EQ(get("/v1/export").status, 401U);
    EXPECT_EQ(get("/v1/export", user).status, 403U);
}

TEST_F(TransferRoutes, ExportALineForEachUser) {
    const Answer answer = get("/v1/export", admin());
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.type, "application/x-ndjson");
    EXPECT_FALSE(answer.is_streamed);
    ASSERT_EQ(lines_of(answer.body), 2U);
    const auto first = boost::json::parse(answer.body.substr(0, answer.body.find('\n')));
    EXPECT_EQ(first.at("email").as_string(), "admin@a.com");
    EXPECT_EQ(answer.body.find("password"), std::string::npos);
}

TEST_F(TransferRoutes, ExportManyUsersInParts) {
    const std::string metadata = R"({"note":")" + std::string(15'000, 'x') + R"("})";
    for (int i = 0; i < 50; ++i) {
        CreateUser user("many" + std::to_string(i) + "@a.com", Secret("$argon2id$x"), Role::user);
        user.metadata = metadata;
        store_.write(std::move(user)).value();
    }
    const Answer answer = get("/v1/export", admin());
    EXPECT_TRUE(answer.is_streamed);
    EXPECT_EQ(lines_of(answer.body), 52U);
    EXPECT_TRUE(answer.body.ends_with("}\n"));
}

TEST_F(TransferRoutes, ExportNoHashesToAdministrators) {
    const std::string token = admin();
    const Answer answer = get("/v1/export?password_hashes=true", token);
    EXPECT_EQ(answer.code(), "forbidden");
    EXPECT_FALSE(answer.is_streamed);
    EXPECT_EQ(get("/v1/export?password_hashes=yes", token).errors(),
              "/password_hashes unknown_value\n");
}

TEST_F(TransferRoutes, AnExportIsForClientsThatTakeLines) {
    const std::string json = "Accept: application/json\r\n";
    EXPECT_EQ(ask("GET", "/v1/export", admin(), {}, json).code(), "not_acceptable");
}

}  // namespace
}  // namespace roster::server
