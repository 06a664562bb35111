#include "cli/config/settings.hpp"

#include "cli/config/options.hpp"
#include "cli/io/exit_code.hpp"

#include <CLI/CLI.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace roster::cli {
namespace {

class Settings : public ::testing::Test {
  protected:
    Settings() {
        serve_ = program_.add_subcommand("serve");
        add_text(*serve_, "--store", store_, "URL", "");
        add_number(*serve_, "--max-threads", threads_, 0, 9, "");
        serve_->add_flag("--open,!--no-open", open_);
        add_config(*serve_);
        make_all_settings(*serve_);
        CLI::App* user = program_.add_subcommand("user");
        add_ = user->add_subcommand("add");
        add_->add_option("EMAIL", email_);
        make_setting(add_text(*add_, "--store", user_store_, "URL", ""));
        add_text(*add_, "--role", role_, "ROLE", "");
        add_config(*add_);
        make_setting(add_text(*add_, "--server", user_server_, "URL", ""))
            ->excludes(add_->get_option("--store"));

        std::string name = (std::filesystem::temp_directory_path() / "settingsXXXXXX").string();
        directory_ = ::mkdtemp(name.data());
        file_ = (directory_ / "roster.toml").string();
    }
    ~Settings() override { std::filesystem::remove_all(directory_); }

    void write_file(const std::string& text) { std::ofstream(file_) << text; }

    void complete(const std::string& command_line) {
        program_.parse(command_line);
        CLI::App& command = serve_->parsed() ? *serve_ : *add_;
        described_ = complete_options(program_, command, [this](const std::string& name) {
            const auto found = environment_.find(name);
            return found == environment_.end() ? std::nullopt : std::optional(found->second);
        });
    }

    std::string serve_with_file(const std::string& text) {
        write_file(text);
        return error_of("serve --config " + file_);
    }

    // Without the directory, which has another name each time.
    std::string error_of(const std::string& command_line) {
        try {
            complete(command_line);
        } catch (const UsageError& error) {
            std::string what = error.what();
            const auto at = what.find(file_);
            return at == std::string::npos ? what : what.replace(at, file_.size(), "FILE");
        }
        return "";
    }

    // "VALUE (SOURCE)"
    std::string described(std::string_view name) const {
        for (const ServerSetting& setting : described_)
            if (setting.name == name)
                return setting.value.value_or("none") + " (" + setting.source + ")";
        return "";
    }

    std::vector<ServerSetting> described_;
    CLI::App program_;
    CLI::App* serve_ = nullptr;
    CLI::App* add_ = nullptr;
    std::string store_ = "default";
    std::string user_store_ = "default";
    std::string user_server_ = "default";
    std::string role_ = "default";
    std::string email_;
    std::size_t threads_ = 1;
    bool open_ = false;
    std::map<std::string, std::string> environment_;
    std::filesystem::path directory_;
    std::string file_;
};

TEST_F(Settings, NothingLeavesTheDefaults) {
    complete("serve");
    EXPECT_EQ(store_, "default");
    EXPECT_EQ(threads_, 1U);
    EXPECT_FALSE(open_);
}

TEST_F(Settings, TheCommandLineWinsOverTheEnvironmentAndThatOverTheFile) {
    write_file("store = \"file\"\nmax-threads = 4\nopen = true\n");
    environment_ = {{"ROSTER_STORE", "environment"}, {"ROSTER_MAX_THREADS", "3"}};
    complete("serve --store flag --config " + file_);
    EXPECT_EQ(store_, "flag");
    EXPECT_EQ(threads_, 3U);
    EXPECT_TRUE(open_);
}

TEST_F(Settings, TheFileCanBeNamedByTheEnvironment) {
    write_file("store = 'file'\n");
    environment_ = {{"ROSTER_CONFIG", file_}};
    complete("serve");
    EXPECT_EQ(store_, "file");
}

TEST_F(Settings, AFlagCanBeTurnedOffAgain) {
    write_file("open = true\n");
    environment_ = {{"ROSTER_OPEN", "false"}};
    complete("serve --config " + file_);
    EXPECT_FALSE(open_);
}

TEST_F(Settings, ASectionWinsOverTheTopLevel) {
    write_file("store = \"top\"\n[serve]\nstore = \"served\"\n[user.add]\nstore = \"added\"\n");
    complete("serve --config " + file_);
    EXPECT_EQ(store_, "served");
    complete("user add --config " + file_);
    EXPECT_EQ(user_store_, "added");
}

TEST_F(Settings, TheTopLevelServesEverySubCommand) {
    write_file("# for all\nstore = \"top\"  # here\nmax-threads = 2\n");
    complete("serve --config " + file_);
    EXPECT_EQ(store_, "top");
    EXPECT_EQ(threads_, 2U);
    complete("user add a@a.com --config " + file_);
    EXPECT_EQ(user_store_, "top");
    EXPECT_EQ(email_, "a@a.com");
}

TEST_F(Settings, OptionsOfOneCallComeFromTheCommandLineAlone) {
    environment_ = {{"ROSTER_ROLE", "admin"}, {"ROSTER_EMAIL", "b@b.com"}};
    complete("user add a@a.com");
    EXPECT_EQ(role_, "default");
    EXPECT_EQ(email_, "a@a.com");
    const std::string refused = "role: is not a setting; give it on the command line";
    EXPECT_EQ(serve_with_file("role = \"admin\"\n"), "FILE: " + refused);
    EXPECT_EQ(serve_with_file("[user.add]\nrole = \"admin\"\n"), "FILE: user.add." + refused);
}

TEST_F(Settings, UnknownKeysAreRefusedWithFileAndKey) {
    EXPECT_EQ(serve_with_file("stoer = \"x\"\n"), "FILE: stoer: unknown key");
    EXPECT_EQ(serve_with_file("[serve]\nrole = \"admin\"\n"), "FILE: serve.role: unknown key");
    EXPECT_EQ(serve_with_file("[server]\nstore = \"x\"\n"), "FILE: server.store: unknown key");
    EXPECT_EQ(serve_with_file("[user]\nrole = \"admin\"\n"), "FILE: user.role: unknown key");
    EXPECT_EQ(serve_with_file("[user.add]\nopen = true\n"), "FILE: user.add.open: unknown key");
    EXPECT_EQ(serve_with_file("just some words\n"), "FILE: just some words: unknown key");
    for (const std::string key : {"config", "help", "version", "EMAIL", "no-open"})
        EXPECT_EQ(serve_with_file(key + " = \"x\"\n"), "FILE: " + key + ": unknown key");
}

TEST_F(Settings, BadValuesNameTheirSource) {
    const std::string wish = "must be a whole number from 0 to 9, not 'ten'";
    EXPECT_EQ(serve_with_file("[serve]\nmax-threads = \"ten\"\n"),
              "FILE: serve.max-threads: " + wish);
    environment_ = {{"ROSTER_MAX_THREADS", "ten"}};
    EXPECT_EQ(error_of("serve"), "ROSTER_MAX_THREADS: " + wish);
    environment_ = {{"ROSTER_OPEN", "perhaps"}};
    EXPECT_EQ(error_of("serve").substr(0, 13), "ROSTER_OPEN: ");
}

TEST_F(Settings, WhatTheFileLeavesUnclearIsRefused) {
    EXPECT_EQ(serve_with_file("store = \"a\"\nstore = \"b\"\n"),
              "FILE: store: must have one value; of a list, one text with commas: \"a,b\"");
    EXPECT_EQ(serve_with_file("store = \"a\"\nopen = true\nstore = \"b\"\n"),
              "FILE: store: is set twice");
    EXPECT_EQ(serve_with_file("store = [\"a\", \"b\"]\n"),
              "FILE: store: must have one value; of a list, one text with commas: \"a,b\"");
    EXPECT_NE(serve_with_file("store = \"a\n"), "");
    EXPECT_EQ(store_, "default");
}

TEST_F(Settings, AMissingFileIsSaid) {
    EXPECT_EQ(error_of("serve --config " + file_),
              "FILE: cannot be read: No such file or directory");
}

TEST_F(Settings, AnEmptyVariableIsRefused) {
    for (const std::string name : {"STORE", "OPEN", "MAX_THREADS"}) {
        environment_ = {{"ROSTER_" + name, ""}};
        EXPECT_EQ(error_of("serve"), "ROSTER_" + name + ": is empty; unset it, or give it a value");
    }
    EXPECT_EQ(store_, "default");
    EXPECT_FALSE(open_);
    EXPECT_NE(serve_with_file("store = \"\"\n"), "");
}

TEST_F(Settings, OfTwoThatExcludeEachOtherTheStrongerSourceCounts) {
    environment_["ROSTER_SERVER"] = "http://environment";
    complete("user add --store json:flag a@a.com");
    EXPECT_EQ(user_store_, "json:flag");
    EXPECT_EQ(user_server_, "default");
    program_.clear();
    write_file("store = 'json:file'\n");
    complete("user add a@a.com --config " + file_);
    EXPECT_EQ(user_server_, "http://environment");
    EXPECT_NE(user_store_, "json:file");
}

TEST_F(Settings, AreReadFromTheEnvironmentOfTheProcess) {
    ASSERT_EQ(::setenv("ROSTER_UNIT_TEST", "", 1), 0);
    EXPECT_EQ(process_environment("ROSTER_UNIT_TEST"), "");
    ASSERT_EQ(::setenv("ROSTER_UNIT_TEST", "x", 1), 0);
    EXPECT_EQ(process_environment("ROSTER_UNIT_TEST"), "x");
    ASSERT_EQ(::unsetenv("ROSTER_UNIT_TEST"), 0);
    EXPECT_EQ(process_environment("ROSTER_UNIT_TEST"), std::nullopt);
}

TEST_F(Settings, AreDescribedWithWhereTheyComeFrom) {
    write_file("max-threads = 3\nstore = 'json:file'\n");
    environment_["ROSTER_STORE"] = "json:environment";
    complete("serve --no-open --config " + file_);
    EXPECT_EQ(described("open"), "false (flag)");
    EXPECT_EQ(described("store"), "json:environment (environment)");
    EXPECT_EQ(described("max-threads"), "3 (file)");
    EXPECT_EQ(described("config"), file_ + " (flag)");
}

TEST_F(Settings, AreDescribedWithTheirDefaults) {
    complete("serve");
    EXPECT_EQ(described("open"), "false (default)");
    EXPECT_EQ(described("store"), "default (default)");
    EXPECT_EQ(described("max-threads"), "1 (default)");
    EXPECT_EQ(described("config"), "none (default)");
    EXPECT_EQ(described("role"), "") << "an option of one call is no setting";
}

TEST_F(Settings, AreDescribedWithoutPasswords) {
    std::string secret;
    make_setting(add_text(*serve_, "--smtp-password", secret, "TEXT", ""));
    complete("serve --smtp-password hunter2");
    EXPECT_EQ(described("smtp-password"), "••• (flag)");
    program_.clear();
    complete("serve --store postgres://a:hunter2@host:5432/db?x=a@b:c");
    EXPECT_EQ(described("store"), "postgres://a:***@host:5432/db?x=a@b:c (flag)");
    program_.clear();
    complete("serve --store postgres://host:5432/db");
    EXPECT_EQ(described("store"), "postgres://host:5432/db (flag)");
}

}  // namespace
}  // namespace roster::cli
