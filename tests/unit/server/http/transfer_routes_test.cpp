#include "unit/server/http/api_fixture.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace roster::server {
namespace {

class TransferRoutes : public ApiTest {
  protected:
    std::string admin() { return log_in("admin@a.com"); }

    Answer import(const std::string& lines, const std::string& query = "") {
        return ask("POST", "/v1/import" + query, admin(), lines,
                   "Content-Type: application/x-ndjson\r\n");
    }

    // What a request with this token may send instead of 1000 bytes.
    std::size_t body_limit(const std::string& request_line, const std::string& token) {
        protocol::http::RequestDecoder decoder;
        decoder.feed(request_line + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token +
                     "\r\n\r\n");
        return testing::await(api_->body_limit(*decoder.next(), peer_, 1000));
    }

    static std::size_t lines_of(const std::string& text) {
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }
};

TEST_F(TransferRoutes, AreForAdministrators) {
    const std::string user = log_in("user@a.com");
    EXPECT_EQ(get("/v1/export").status, 401U);
    EXPECT_EQ(get("/v1/export", user).status, 403U);
    EXPECT_EQ(ask("POST", "/v1/import", user, "{}").status, 403U);
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

TEST_F(TransferRoutes, ImportALineForEachUser) {
    const Answer answer = import(
        "{\"email\":\"new@a.com\",\"role\":\"admin\",\"groups\":[\"media\"]}\r\n"
        "\n"
        "{\"email\":\"ten@a.com\",\"id\":10,\"password\":\"correct horse\"}");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.type, "application/x-ndjson");
    EXPECT_EQ(answer.body,
              "{\"line\":1,\"status\":\"added\",\"id\":11}\n"
              "{\"line\":3,\"status\":\"added\",\"id\":10}\n"
              "{\"summary\":{\"added\":2,\"refused\":0}}\n");
    EXPECT_EQ(store_.get(11).role, Role::admin);
    EXPECT_EQ(store_.get(11).profile.groups, std::vector<std::string>{"media"});
    EXPECT_FALSE(log_in("ten@a.com", "correct horse").empty());
}

TEST_F(TransferRoutes, ImportAllLinesOrNone) {
    const std::size_t writes = store_.writes();
    const Answer answer = import(
        "{\"email\":\"new@a.com\"}\n"
        "{\"email\":\"user@a.com\"}\n"
        "{\"email\":\"short@a.com\",\"password\":\"1\"}\n"
        "{\"email\":\"old@a.com\",\"id\":1}\n"
        "nonsense\n");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(lines_of(answer.body), 6U);
    EXPECT_TRUE(answer.body.starts_with(
        "{\"line\":1,\"status\":\"not_added\"}\n"
        "{\"line\":2,\"status\":\"refused\",\"code\":\"email_taken\",\"detail\":\""));
    EXPECT_NE(answer.body.find("{\"line\":3,\"status\":\"refused\",\"code\":\"validation_failed\""),
              std::string::npos);
    EXPECT_NE(answer.body.find("{\"line\":4,\"status\":\"refused\",\"code\":\"id_taken\""),
              std::string::npos);
    EXPECT_TRUE(answer.body.ends_with("{\"summary\":{\"added\":0,\"refused\":4}}\n"));
    EXPECT_EQ(answer.body.find("--"), std::string::npos) << "no option of a command";
    EXPECT_EQ(store_.writes(), writes);
}

TEST_F(TransferRoutes, ImportNothingInADryRun) {
    const std::size_t writes = store_.writes();
    EXPECT_EQ(import("{\"email\":\"new@a.com\"}\n", "?dry_run=true").body,
              "{\"line\":1,\"status\":\"would_add\"}\n"
              "{\"summary\":{\"added\":0,\"refused\":0}}\n");
    EXPECT_EQ(import("{\"email\":\"user@a.com\"}\n", "?dry_run=true").body.substr(0, 27),
              "{\"line\":1,\"status\":\"refused");
    EXPECT_EQ(import("", "?dry_run=maybe").status, 422U);
    EXPECT_EQ(store_.writes(), writes);
}

TEST_F(TransferRoutes, AnImportReadsAnExport) {
    std::string line = get("/v1/export", admin()).body;
    line.erase(line.find('\n') + 1);
    const std::string id = "\"id\":" + std::to_string(admin_) + ",";
    line.erase(line.find(id), id.size());
    line.replace(line.find("admin@a.com"), 11, "other@a.com");
    EXPECT_NE(import(line).body.find("\"status\":\"added\""), std::string::npos);
}

TEST_F(TransferRoutes, AnImportOfLongLinesAndIdsOfBeforeIsRefused) {
    const std::string note(70'000, 'x');
    EXPECT_NE(import("{\"email\":\"new@a.com\",\"name\":\"" + note + "\"}\n").body.find("64 KiB"),
              std::string::npos);
    const UserId gone = add("gone@a.com").id;
    store_.write(EraseUser(gone)).value();
    const Answer answer = import("{\"email\":\"new@a.com\",\"id\":" + std::to_string(gone) +
                                 "}\n"
                                 "{\"email\":\"other@a.com\"}\n");
    EXPECT_NE(answer.body.find("\"code\":\"id_taken\""), std::string::npos);
    EXPECT_NE(answer.body.find("{\"line\":2,\"status\":\"not_added\"}"), std::string::npos);
}

TEST_F(TransferRoutes, AnImportThatCannotBeWrittenIsAProblem) {
    const std::string token = admin();
    store_.fail_writes = Errc::store_unavailable;
    const std::string type = "Content-Type: application/x-ndjson\r\n";
    EXPECT_EQ(ask("POST", "/v1/import", token, "{\"email\":\"new@a.com\"}", type).status, 503U);
    EXPECT_EQ(ask("POST", "/v1/import", token, "{}").status, 415U);
}

TEST_F(TransferRoutes, OnlyAdministratorsMaySendALongBody) {
    EXPECT_EQ(body_limit("POST /v1/import", admin()), 32U * 1024 * 1024);
    EXPECT_EQ(body_limit("POST /v1/import", log_in("user@a.com")), 1000U);
    EXPECT_EQ(body_limit("POST /v1/import", "nonsense"), 1000U);
    EXPECT_EQ(body_limit("POST /v1/users", admin()), 1000U);
    EXPECT_EQ(body_limit("POST /v1/nothing", admin()), 1000U);
}

TEST_F(TransferRoutes, ABackupIsAStreamOfItsFile) {
    const std::string content(300'000, 'x');
    std::string path;
    ApiContext context{accounts_, table_, browser_, repeated_, blocking_, blocking_};
    context.back_up = [&](const std::string& file) {
        path = file;
        std::ofstream(file) << content;
    };
    api_.emplace(context);
    const Answer answer = ask("POST", "/v1/backup", admin());
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.type, "application/octet-stream");
    EXPECT_TRUE(answer.is_streamed);
    EXPECT_EQ(answer.body, content);
    EXPECT_NE(answer.headers.find("Content-Disposition: attachment; filename=\""),
              std::string::npos);
    ASSERT_FALSE(path.empty());
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(path).parent_path()));
}

TEST_F(TransferRoutes, ABackupIsNotForWhoWasDisabledMeanwhile) {
    add("other@a.com", Role::admin);
    const std::string token = admin();
    ApiContext context{accounts_, table_, browser_, repeated_, blocking_, blocking_};
    context.back_up = [&](const std::string& file) {
        std::ofstream(file) << "all of it";
        UpdateUser update(admin_);
        update.disabled = true;
        ASSERT_TRUE(store_.write(update));
    };
    api_.emplace(context);
    const Answer answer = ask("POST", "/v1/backup", token);
    EXPECT_EQ(answer.status, 403U);
    EXPECT_EQ(answer.body.find("all of it"), std::string::npos);
}

TEST_F(TransferRoutes, AnExportEndsForWhoWasDemotedMeanwhile) {
    add("other@a.com", Role::admin);
    const std::string metadata = R"({"note":")" + std::string(15'000, 'x') + R"("})";
    for (int i = 0; i < 20; ++i) {
        CreateUser user("many" + std::to_string(i) + "@a.com", Secret("$argon2id$x"), Role::user);
        user.metadata = metadata;
        store_.write(std::move(user)).value();
    }
    const std::string token = admin();
    after_first_part_ = [this] {
        UpdateUser update(admin_);
        update.role = Role::user;
        ASSERT_TRUE(store_.write(update));
    };
    // The fixture's way to say that the connection is cut.
    EXPECT_THROW(get("/v1/export", token), std::runtime_error);
}

TEST_F(TransferRoutes, ABackupThatCannotBeMadeIsAProblem) {
    const std::string token = admin();
    EXPECT_EQ(ask("POST", "/v1/backup", token).code(), "not_implemented");
    std::string path;
    ApiContext context{accounts_, table_, browser_, repeated_, blocking_, blocking_};
    context.back_up = [&](const std::string& file) {
        path = file;
        std::ofstream(file) << "half of it";
        throw StartupError(Errc::store_damaged, "secret detail");
    };
    api_.emplace(context);
    const Answer answer = ask("POST", "/v1/backup", token);
    EXPECT_EQ(answer.code(), "store_unavailable");
    EXPECT_EQ(answer.body.find("secret"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(path).parent_path()));
    EXPECT_EQ(ask("POST", "/v1/backup", log_in("user@a.com")).status, 403U);
}

}  // namespace
}  // namespace roster::server
