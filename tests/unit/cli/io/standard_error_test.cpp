#include "cli/io/standard_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>

namespace roster::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(RenderedProgress, SaysHowFarAndHowLong) {
    EXPECT_EQ(render_progress("hashing", 450, 1000, 9s),
              "hashing [#########...........]  45%  450 of 1000, about 11 s left");
    EXPECT_THAT(render_progress("x", 1, 1000, 10s), HasSubstr("about 2 h 47 min left"));
    EXPECT_THAT(render_progress("x", 1, 10, 10s), HasSubstr("about 2 min left"));
}

TEST(RenderedProgress, GuessesNothingAtTheEnds) {
    EXPECT_EQ(render_progress("x", 0, 10, 9s), "x [....................]   0%  0 of 10");
    EXPECT_EQ(render_progress("x", 10, 10, 9s), "x [####################] 100%  10 of 10");
    EXPECT_EQ(render_progress("x", 12, 10, 9s), "x [####################] 100%  10 of 10");
    EXPECT_EQ(render_progress("x", 5, 10, 1ms), "x [##########..........]  50%  5 of 10");
    EXPECT_EQ(render_progress("x", 7, 0, 9s), "x  7");
}

class LogIntoAPipe : public ::testing::Test {
  protected:
    LogIntoAPipe() {
        EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0);
        log_ = make_log("info", ends_[1]);
    }
    ~LogIntoAPipe() override {
        log_.reset();
        ::close(ends_[0]);
        ::close(ends_[1]);
    }

    // Everything that waits in the pipe.
    std::string read() {
        ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
        std::string text;
        char bytes[4096];
        for (auto got = ::read(ends_[0], bytes, sizeof bytes); got > 0;
             got = ::read(ends_[0], bytes, sizeof bytes))
            text.append(bytes, static_cast<std::size_t>(got));
        return text;
    }

    int ends_[2]{};
    std::shared_ptr<Log> log_;
};

TEST_F(LogIntoAPipe, NothingWaitsForTheReader) {
    constexpr int kLines = 5000;
    for (int i = 0; i < kLines; ++i)
        log_->info("line {} {}", i, std::string(60, 'x'));
    const std::string first = read();
    EXPECT_THAT(first, HasSubstr(" info line 0 "));
    log_->info("after");
    log_->info("and then");
    const std::string rest = read();
    const auto whole = static_cast<std::size_t>(std::count(first.begin(), first.end(), '\n'));
    EXPECT_THAT(rest, HasSubstr("warning " + std::to_string(kLines - whole) + " lines of the log"));
    EXPECT_THAT(rest, HasSubstr(" info after\n"));
    EXPECT_THAT(rest, HasSubstr(" info and then\n"));
    EXPECT_EQ(::fcntl(ends_[1], F_GETFL) & O_NONBLOCK, 0) << "others have the same end";
}

TEST_F(LogIntoAPipe, ALineThatWasCutIsEnded) {
    log_->info(std::string(200'000, 'x'));
    EXPECT_THAT(read(), HasSubstr("info xxx"));
    log_->info("after");
    const std::string rest = read();
    EXPECT_TRUE(rest.starts_with("\n")) << rest;
    EXPECT_THAT(rest, HasSubstr("warning 1 lines"));
    EXPECT_THAT(rest, HasSubstr(" info after\n"));
}

class ProgressTest : public ::testing::Test {
  protected:
    Progress make(bool is_terminal) {
        return Progress(out, is_terminal, [this] { return now; });
    }

    std::string written() {
        std::string text = out.str();
        out.str("");
        return text;
    }

    std::ostringstream out;
    Progress::Clock::time_point now{1h};
};

TEST_F(ProgressTest, IsABarOnATerminal) {
    Progress progress = make(true);
    progress.show("x", 1, 10);
    EXPECT_THAT(written(), HasSubstr("\rx [##"));
    progress.show("x", 2, 10);
    EXPECT_EQ(written(), "");
    now += 100ms;
    progress.show("x", 3, 10);
    EXPECT_THAT(written(), HasSubstr("30%"));
    progress.clear();
    EXPECT_EQ(written(), "\r\x1b[K");
    progress.clear();
    EXPECT_EQ(written(), "");
}

TEST_F(ProgressTest, IsALineNowAndThenElsewhere) {
    Progress progress = make(false);
    progress.show("x", 1, 10);
    now += 4999ms;
    progress.show("x", 2, 10);
    EXPECT_EQ(written(), "");
    now += 1ms;
    progress.show("x", 5, 10);
    EXPECT_EQ(written(), "x [##########..........]  50%  5 of 10, about 5 s left\n");
    progress.clear();
    EXPECT_EQ(written(), "");
}

}  // namespace
}  // namespace roster::cli
