#include "cli/config/options.hpp"

#include <CLI/CLI.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace roster::cli {
namespace {

using namespace std::chrono_literals;

class ParsedOptions : public ::testing::Test {
  protected:
    ParsedOptions() {
        add_number(app_, "--count", count_, 2, 5, "A number");
        add_duration(app_, "--wait", wait_, "A time");
        add_address(app_, "--listen", listen_, "An address");
        add_store(app_, store_);
        add_text(app_, "--name", name_, "NAME", "A text");
        add_config(app_);
    }

    std::string error_of(const std::string& command_line) { return error_of_parsing(command_line); }

    template <class Arguments>
    std::string error_of_parsing(Arguments arguments) {
        try {
            app_.parse(std::move(arguments));
        } catch (const CLI::ParseError& error) {
            return error.what();
        }
        return "";
    }

    // A line of text cannot hold an empty word; CLI11 takes words from the last to the first.
    std::string error_of_empty(const std::string& name) {
        return error_of_parsing(std::vector<std::string>{"", name});
    }

    CLI::App app_;
    std::size_t count_ = 3;
    std::chrono::milliseconds wait_{1500};
    std::string listen_ = "localhost:1";
    std::string store_ = "json:users.json";
    std::string name_ = "default";
};

TEST_F(ParsedOptions, RefuseEmptyValues) {
    for (const std::string name : {"--name", "--listen", "--store", "--config"})
        EXPECT_EQ(error_of_empty(name), name + ": must not be empty");
    for (const std::string name : {"--count", "--wait"})
        EXPECT_NE(error_of_empty(name), "");
    EXPECT_EQ(name_, "default");
}

TEST_F(ParsedOptions, KeepTheirDefaults) {
    EXPECT_EQ(error_of(""), "");
    EXPECT_EQ(count_, 3U);
    EXPECT_EQ(wait_, 1500ms);
    EXPECT_EQ(app_.get_option("--count")->get_default_str(), "3");
    EXPECT_EQ(app_.get_option("--wait")->get_default_str(), "1500ms");
}

TEST_F(ParsedOptions, TakeValuesInRange) {
    EXPECT_EQ(error_of("--count 5 --wait 2m"), "");
    EXPECT_EQ(count_, 5U);
    EXPECT_EQ(wait_, 2min);
}

TEST_F(ParsedOptions, SayWhatTheyWant) {
    EXPECT_EQ(error_of("--count 6"), "--count: must be a whole number from 2 to 5, not '6'");
    EXPECT_EQ(error_of("--count two"), "--count: must be a whole number from 2 to 5, not 'two'");
    EXPECT_EQ(error_of("--wait 0"),
              "--wait: must be a time up to 24h like 250ms, 10s or 5m, not '0'");
    EXPECT_EQ(error_of("--listen off"), "");
    EXPECT_EQ(
        error_of("--listen localhost"),
        "--listen: must be HOST:PORT, as in 127.0.0.1:9999 or [::1]:0, or off, not 'localhost'");
    EXPECT_EQ(error_of("--store users.json"),
              "--store: must be a store's URL like json:users.json, not 'users.json'");
    EXPECT_EQ(count_, 3U);
    EXPECT_EQ(wait_, 1500ms);
}

}  // namespace
}  // namespace roster::cli
