#include "cli/client_repl/client_command.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace roster::cli {
namespace {

using Verb = ClientCommand::Verb;

ClientCommand command_of(std::string_view line) {
    auto parsed = parse_client_line(line);
    if (const auto* invalid = std::get_if<InvalidLine>(&parsed)) ADD_FAILURE() << invalid->text;
    if (auto* command = std::get_if<ClientCommand>(&parsed)) return std::move(*command);
    ADD_FAILURE() << "no command: " << line;
    return {};
}

std::string problem_of(std::string_view line) {
    const auto parsed = parse_client_line(line);
    const auto* invalid = std::get_if<InvalidLine>(&parsed);
    return invalid ? invalid->text : "(valid)";
}

std::string body_of(std::string_view line) {
    return std::string(to_request(command_of(line)).body.reveal());
}

TEST(ClientCommand, ABlankLineIsNone) {
    for (const char* line : {"", " ", "\t \r"})
        EXPECT_TRUE(std::holds_alternative<std::monostate>(parse_client_line(line))) << line;
}

TEST(ClientCommand, BecomesARequest) {
    EXPECT_EQ(to_request(command_of("signup a@a.com pw")).method, "POST");
    EXPECT_EQ(body_of("signup a@a.com pw"), "user:a@a.com,pw,signup");
    EXPECT_EQ(to_request(command_of("login a@a.com pw")).method, "POST");
    EXPECT_EQ(body_of("login a@a.com pw"), "user:a@a.com,pw,login");
    EXPECT_EQ(to_request(command_of("put 42 a@a.com pw")).method, "PUT");
    EXPECT_EQ(body_of("put 42 a@a.com pw"), "user:a@a.com,pw,42");
    EXPECT_EQ(to_request(command_of("get")).method, "GET");
    EXPECT_EQ(to_request(command_of("head")).method, "HEAD");
}

TEST(ClientCommand, BlanksBetweenAndAroundDoNotMatter) {
    EXPECT_EQ(body_of("  login\t a@a.com   pw \r"), "user:a@a.com,pw,login");
    EXPECT_EQ(command_of(" quit \r").verb, Verb::quit);
}

TEST(ClientCommand, APasswordIsTheRestOfTheLine) {
    EXPECT_EQ(body_of("login a@a.com two  words, and a comma"),
              "user:a@a.com,two  words, and a comma,login");
}

TEST(ClientCommand, APasswordMayBeLeftOut) {
    for (const char* line : {"signup a@a.com", "login a@a.com ", "put 1 a@a.com"})
        EXPECT_TRUE(lacks_password(command_of(line))) << line;
    for (const char* line : {"get", "head", "help", "quit", "login a@a.com pw"})
        EXPECT_FALSE(lacks_password(command_of(line))) << line;
}

TEST(ClientCommand, SaysWhatMakesNoSense) {
    EXPECT_EQ(problem_of("bogus x"), "no command 'bogus'; 'help' lists them");
    EXPECT_EQ(problem_of("LOGIN a@a.com pw"), "no command 'LOGIN'; 'help' lists them");
    EXPECT_EQ(problem_of("\x1b[2J"), "no command '\\x1B[2J'; 'help' lists them");
    EXPECT_EQ(problem_of("signup"), "usage: signup EMAIL [PASSWORD]");
    EXPECT_EQ(problem_of("login"), "usage: login EMAIL [PASSWORD]");
    EXPECT_EQ(problem_of("put"), "usage: put ID EMAIL [PASSWORD]");
    EXPECT_EQ(problem_of("put 1"), "usage: put ID EMAIL [PASSWORD]");
    EXPECT_EQ(problem_of("get all"), "get takes no arguments");
    for (const char* line : {"put x a@a.com pw", "put -1 a@a.com pw", "put 1.5 a@a.com pw",
                             "put 18446744073709551616 a@a.com pw"})
        EXPECT_NE(problem_of(line).find("is not an id"), std::string::npos) << line;
}

TEST(ClientCommand, RefusesAnEmailThatCannotBeSent) {
    const std::string refusal = "an e-mail with a comma or a control character cannot be sent";
    EXPECT_EQ(problem_of("login a,b@a.com pw"), refusal);
    EXPECT_EQ(problem_of("put 1 a\x01@a.com pw"), refusal);
}

TEST(ClientCommand, TheHelpNamesEveryCommand) {
    for (const char* name : {"signup", "login", "get", "put", "head", "help", "quit"})
        EXPECT_NE(client_help().find(std::string(name) + " "), std::string::npos) << name;
}

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

TEST(ClientAnswer, ShowsNoUsersAsAHeaderAlone) {
    EXPECT_EQ(describe(Verb::get, answer(200, "OK", R"({"users":[]})")),
              "200 OK\nid  email  role  disabled  created_at  updated_at\n");
}

TEST(ClientAnswer, ShowsWhatIsNoUsersAsItIs) {
    EXPECT_EQ(describe(Verb::get, answer(200, "OK", "{}")), "200 OK\n{}\n");
}

TEST(ClientAnswer, ShowsAListOfMegabytesAsItIs) {
    std::string json = R"({"users":[)";
    while (json.size() < std::size_t{5} * 1024 * 1024)
        json += R"({"id":1,"email":"a@a.com","role":"admin","disabled":false,)"
                R"("created_at":"2026-11-22T09:00:00Z","updated_at":"2026-11-22T09:00:01Z"},)";
    json.back() = ']';
    json += '}';
    EXPECT_EQ(describe(Verb::get, answer(200, "OK", json)), "200 OK\n" + json + "\n");
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
