#include "cli/io/line_reader.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

namespace roster::cli {
namespace {

class Pipe {
  public:
    Pipe() { EXPECT_EQ(::pipe(ends_.data()), 0); }
    ~Pipe() {
        close_writing_end();
        ::close(ends_[0]);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    int reading_end() const { return ends_[0]; }
    void write(std::string_view text) {
        EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    void close_writing_end() {
        if (ends_[1] >= 0) ::close(ends_[1]);
        ends_[1] = -1;
    }

  private:
    std::array<int, 2> ends_{-1, -1};
};

std::string next(LineReader& reader) {
    const auto line = reader.next();
    if (!line) return "(end)";
    return std::string(line->text.reveal()) + (line->is_too_long ? "(cut)" : "");
}

TEST(LineReader, ReadsLinesFromAPipe) {
    Pipe pipe;
    LineReader reader(pipe.reading_end());
    pipe.write("one\ntw");
    EXPECT_EQ(next(reader), "one");
    pipe.write("o\n\nlast");
    EXPECT_EQ(next(reader), "two");
    EXPECT_EQ(next(reader), "");
    pipe.close_writing_end();
    EXPECT_EQ(next(reader), "last");
    EXPECT_EQ(next(reader), "(end)");
}

TEST(LineReader, ReadsLinesFromAFile) {
    std::FILE* const file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    std::fputs("one\ntwo\n", file);
    std::rewind(file);
    LineReader reader(::fileno(file));
    EXPECT_EQ(next(reader), "one");
    EXPECT_EQ(next(reader), "two");
    EXPECT_EQ(next(reader), "(end)");
    std::fclose(file);
}

TEST(LineReader, CutsALineThatIsTooLongAndFindsTheNext) {
    std::FILE* const file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    const std::string longest(SecretLine::kMaxBytes, 'x');
    std::fputs((longest + "\n" + longest + "y\nshort\n").c_str(), file);
    std::rewind(file);
    LineReader reader(::fileno(file));
    EXPECT_EQ(next(reader), longest);
    EXPECT_EQ(next(reader), longest + "(cut)");
    EXPECT_EQ(next(reader), "short");
    std::fclose(file);
}

TEST(LineReader, WhatIsNoInputIsItsEnd) {
    constexpr int kNeverOpen = 1 << 20;
    LineReader reader(kNeverOpen);
    EXPECT_EQ(next(reader), "(end)");
}

TEST(LineReader, CanBeStoppedWhileItWaits) {
    Pipe pipe;
    pipe.write("half a line");
    LineReader reader(pipe.reading_end());
    std::string line;
    std::thread reading([&] { line = next(reader); });
    reader.stop();
    reading.join();
    EXPECT_EQ(line, "(end)");
    EXPECT_EQ(next(reader), "(end)");
}

}  // namespace
}  // namespace roster::cli
