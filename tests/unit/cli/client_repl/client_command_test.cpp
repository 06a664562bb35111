#include "cli/client_repl/client_command.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roster::cli {
namespace {

using Verb = ClientCommand::Verb;

ClientCommand command_of(std::string_view line) {
    auto parsed = parse_client_line(line);
    if (const auto* nonsense = std::get_if<InvalidLine>(&parsed)) ADD_FAILURE() << nonsense->text;
    if (auto* command = std::get_if<ClientCommand>(&parsed)) return std::move(*command);
    ADD_FAILURE() << "no command: " << line;
    return {};
}

std::string nonsense_of(std::string_view line) {
    const auto parsed = parse_client_line(line);
    const auto* nonsense = std::get_if<InvalidLine>(&parsed);
    return nonsense ? nonsense->text : "(sense)";
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
    EXPECT_EQ(nonsense_of("bogus x"), "no command 'bogus'; 'help' lists them");
    EXPECT_EQ(nonsense_of("LOGIN a@a.com pw"), "no command 'LOGIN'; 'help' lists them");
    EXPECT_EQ(nonsense_of("\x1b[2J"), "no command '\\x1B[2J'; 'help' lists them");
    EXPECT_EQ(nonsense_of("signup"), "usage: signup EMAIL [PASSWORD]");
    EXPECT_EQ(nonsense_of("login"), "usage: login EMAIL [PASSWORD]");
    EXPECT_EQ(nonsense_of("put"), "usage: put ID EMAIL [PASSWORD]");
    EXPECT_EQ(nonsense_of("put 1"), "usage: put ID EMAIL [PASSWORD]");
    EXPECT_EQ(nonsense_of("get all"), "get takes no arguments");
    for (const char* line : {"put x a@a.com pw", "put -1 a@a.com pw", "put 1.5 a@a.com pw",
                             "put 18446744073709551616 a@a.com pw"})
        EXPECT_NE(nonsense_of(line).find("is not an id"), std::string::npos) << line;
}

TEST(ClientCommand, RefusesAnEmailThatCannotBeSent) {
    const std::string refusal = "an e-mail with a comma or a control character cannot be sent";
    EXPECT_EQ(nonsense_of("login a,b@a.com pw"), refusal);
    EXPECT_EQ(nonsense_of("put 1 a\x01@a.com pw"), refusal);
}

TEST(ClientCommand, TheHelpNamesEveryCommand) {
    for (const char* name : {"signup", "login", "get", "put", "head", "help", "quit"})
        EXPECT_NE(client_help().find(std::string(name) + " "), std::string::npos) << name;
}

}  // namespace
}  // namespace roster::cli
