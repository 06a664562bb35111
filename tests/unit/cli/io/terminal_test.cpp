#include "cli/io/terminal.hpp"

#include "cli/io/line_reader.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

namespace roster::cli {
namespace {

// What was piped in, read from the other end.
class Piped {
  public:
    explicit Piped(std::string_view text) {
        EXPECT_EQ(::pipe(ends_.data()), 0);
        EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
        ::close(ends_[1]);
    }
    ~Piped() { ::close(ends_[0]); }
    Piped(const Piped&) = delete;
    Piped& operator=(const Piped&) = delete;

    int descriptor() const { return ends_[0]; }

  private:
    std::array<int, 2> ends_{};
};

std::string revealed(const result<Secret>& line) {
    return line ? std::string(line->reveal()) : "error: " + line.error().message();
}

TEST(ReadSecretLine, IsReadWithoutItsEnd) {
    for (const std::string_view text : {"pw1\n", "pw1\r\n", "pw1"}) {
        const Piped input(text);
        EXPECT_EQ(revealed(read_secret_line(input.descriptor())), "pw1");
    }
}

TEST(ReadSecretLine, LeavesWhatFollowsIt) {
    const Piped input("one\ntwo\n");
    EXPECT_EQ(revealed(read_secret_line(input.descriptor())), "one");
    EXPECT_EQ(revealed(read_secret_line(input.descriptor())), "two");
}

TEST(ReadSecretLine, IsCancelledWhereThereIsNone) {
    const Piped input("");
    EXPECT_EQ(read_secret_line(input.descriptor()).error(), Errc::cancelled);
}

TEST(ReadSecretLine, MayBeEmpty) {
    const Piped input("\n");
    EXPECT_EQ(revealed(read_secret_line(input.descriptor())), "");
}

TEST(ReadSecretLine, ATooLongOneIsSkippedWhole) {
    const Piped input(std::string(SecretLine::kMaxBytes + 1, 'x') + "\nnext\n");
    EXPECT_EQ(read_secret_line(input.descriptor()).error(), Errc::password_too_long);
    EXPECT_EQ(revealed(read_secret_line(input.descriptor())), "next");
}

TEST(SecretFile, ThatIsMissingSaysSo) {
    EXPECT_EQ(read_secret_file("/nonexistent/password").error(),
              boost::system::errc::no_such_file_or_directory);
}

}  // namespace
}  // namespace roster::cli
