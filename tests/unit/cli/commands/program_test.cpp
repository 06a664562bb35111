#include "cli/commands/commands.hpp"

#include <CLI/CLI.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace roster::cli {
namespace {

class Program : public ::testing::Test {
  protected:
    // Runs `roster go` with an action of the test's.
    int run(std::vector<const char*> arguments, std::function<ExitCode()> action) {
        const auto program = make_program();
        CLI::App* go = program->add_subcommand("go", "Goes");
        go->add_option("--far", far_)->type_name("N");
        const std::vector<Command> commands{Command(*go, std::move(action))};
        arguments.insert(arguments.begin(), "roster");
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        const int code =
            run_program(*program, commands, static_cast<int>(arguments.size()), arguments.data());
        out_ = ::testing::internal::GetCapturedStdout();
        err_ = ::testing::internal::GetCapturedStderr();
        return code;
    }

    int run(std::vector<const char*> arguments) {
        return run(std::move(arguments), [this] {
            ++runs_;
            return ExitCode::ok;
        });
    }

    int far_ = 0;
    int runs_ = 0;
    std::string out_;
    std::string err_;
};

TEST_F(Program, RunsTheCommandThatWasNamed) {
    EXPECT_EQ(run({"go", "--far", "7"}), 0);
    EXPECT_EQ(runs_, 1);
    EXPECT_EQ(far_, 7);
    EXPECT_EQ(out_ + err_, "");
}

TEST_F(Program, SaysItsVersion) {
    EXPECT_EQ(run({"--version"}), 0);
    EXPECT_EQ(out_, "roster 0.1.0\n");
    EXPECT_EQ(runs_, 0);
}

TEST_F(Program, AloneItHelpsAndFails) {
    EXPECT_EQ(run({}), 2);
    EXPECT_NE(err_.find("Examples:"), std::string::npos);
    EXPECT_EQ(out_, "");
}

TEST_F(Program, WhatItDoesNotKnowIsAUsageError) {
    for (const auto& arguments : std::vector<std::vector<const char*>>{
             {"run"}, {"--far"}, {"go", "--near"}, {"go", "there"}, {"go", "--far", "away"}}) {
        EXPECT_EQ(run(arguments), 2) << arguments.back();
        EXPECT_TRUE(err_.starts_with("roster: ")) << err_;
        EXPECT_NE(err_.find("--help'."), std::string::npos) << err_;
    }
    EXPECT_EQ(runs_, 0);
}

TEST_F(Program, AnExceptionBecomesALineAndAnExitCode) {
    EXPECT_EQ(run({"go"}, []() -> ExitCode { throw UsageError("use it well"); }), 2);
    EXPECT_EQ(err_, "roster: use it well\nTry 'roster go --help'.\n");
    EXPECT_EQ(
        run({"go"}, []() -> ExitCode { throw StartupError(Errc::store_locked, "it is locked"); }),
        5);
    EXPECT_EQ(err_, "roster: it is locked\n");
    EXPECT_EQ(run({"go"}, []() -> ExitCode { throw Refused(ExitCode::not_found, "nobody"); }), 3);
    EXPECT_EQ(err_, "roster: nobody\n");
    EXPECT_EQ(run({"go"}, []() -> ExitCode { throw std::runtime_error("a bug"); }), 1);
    EXPECT_EQ(err_, "roster: a bug\n");
}

TEST_F(Program, ItsExitCodeIsTheCommands) {
    EXPECT_EQ(run({"go"}, [] { return ExitCode::conflict; }), 4);
    EXPECT_EQ(run({"go"}, [] { return ExitCode::not_found; }), 3);
}

}  // namespace
}  // namespace roster::cli
