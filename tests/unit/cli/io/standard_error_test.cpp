#include "cli/io/standard_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

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
