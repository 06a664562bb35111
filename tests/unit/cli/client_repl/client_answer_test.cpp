#include "cli/client_repl/client_answer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace roster::cli {
namespace {

using Verb = ClientCommand::Verb;

Response answer(unsigned status, std::string reason, std::string body) {
    Response response;
    response.status = status;
    response.reason = std::move(reason);
    response.body = std::move(body);
    return response;
}

TEST(ClientAnswer, IsTheStatusLineAndTheText) {
    EXPECT_EQ(describe(Verb::sign_up, answer(201, "Created", "Success create user")),
              "201 Created\nSuccess create user\n");
    EXPECT_EQ(describe(Verb::get, answer(403, "Forbidden", "Forbidden")),
              "403 Forbidden\nForbidden\n");
    EXPECT_EQ(describe(Verb::put, answer(400, "Bad Request", "one\r\ntwo\n\nfour")),
              "400 Bad Request\none\\x0D\ntwo\n\nfour\n");
    EXPECT_EQ(describe(Verb::put, answer(200, "OK", "")), "200 OK\n");
}

TEST(ClientAnswer, NothingOfItReachesTheTerminalAsAControl) {
    EXPECT_EQ(describe(Verb::get, answer(200, "\x1b[2J", "\x1b]0;title\x07\xff")),
              "200 \\x1B[2J\n\\x1B]0;title\\x07\\xFF\n");
}

TEST(ClientAnswer, ShowsUsersAsATable) {
    const std::string json =
        R"({"users":[{"id":1,"email":"a@a.com","role":"admin","disabled":false,)"
        R"("created_at":"2026-11-22T09:00:00Z","updated_at":"2026-11-22T09:00:01Z"},)"
        R"({"id":12,"email":"é@b.com","role":"user","disabled":true,)"
        R"("created_at":"2026-11-22T09:00:00Z","updated_at":"2026-11-22T09:00:02Z"}]})";
    EXPECT_EQ(describe(Verb::get, answer(200, "OK", json)),
              "200 OK\n"
              "id  email    role   disabled  created_at            updated_at\n"
              " 1  a@a.com  admin  no        2026-11-22T09:00:00Z  2026-11-22T09:00:01Z\n"
              "12  é@b.com  user   yes       2026-11-22T09:00:00Z  2026-11-22T09:00:02Z\n");
}

TEST(ClientAnswer, ShowsWhatIsNoUsersAsItIs) {
    EXPECT_EQ(describe(Verb::get, answer(200, "OK", "{}")), "200 OK\n{}\n");
}

TEST(ClientAnswer, ATableOfNobodyHasNamesAlone) {
    EXPECT_EQ(user_table({}), "id  email  role  disabled  created_at  updated_at\n");
}

TEST(ClientAnswer, ShowsTheStateOfTheServer) {
    Response response = answer(200, "OK", "");
    response.headers = {{"Date", "x"}, {"Roster-Status", "ready"}, {"roster-uptime", "5"}};
    EXPECT_EQ(describe(Verb::head, response), "200 OK\nRoster-Status: ready\nroster-uptime: 5\n");
}

TEST(ClientAnswer, RawBytesAreShownLineByLine) {
    EXPECT_EQ(raw_lines(true, "GET / HTTP/1.1\r\n\r\n"), "> GET / HTTP/1.1\\r\\n\n> \\r\\n\n");
    EXPECT_EQ(raw_lines(false, "no end"), "< no end\n");
    EXPECT_EQ(raw_lines(false, "a\tb\\c\x1b\xff\xc3\xa9\n"), "< a\\tb\\\\c\\x1B\\xFFé\\n\n");
    EXPECT_EQ(raw_lines(false, ""), "");
}

}  // namespace
}  // namespace roster::cli
