#include "import_export/line_source.hpp"

#include "unit/import_export/fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace roster::import_export {
namespace {

using testing::bytes_of;
using ::testing::ElementsAre;

constexpr std::size_t kCap = LineSource::kMaxLineBytes;

std::vector<std::string> lines_of(std::string text, std::size_t step = 4096) {
    LineSource source(bytes_of(std::move(text), step));
    std::vector<std::string> lines;
    for (auto line = source.next(); line && *line; line = source.next())
        lines.push_back(std::to_string((*line)->number) + ":" + std::string((*line)->text));
    return lines;
}

TEST(LineSource, GivesLinesWithTheirNumbers) {
    EXPECT_THAT(lines_of("a\n\nb"), ElementsAre("1:a", "2:", "3:b"));
    EXPECT_THAT(lines_of("a\r\n"), ElementsAre("1:a\r"));
    EXPECT_THAT(lines_of(""), ElementsAre());
    EXPECT_THAT(lines_of("\n"), ElementsAre("1:"));
}

TEST(LineSource, DoesNotMindHowTheBytesCome) {
    const std::string text =
        "\xEF\xBB\xBF"
        "ab\ncd\n\nef";
    for (std::size_t step = 1; step < 12; ++step)
        EXPECT_THAT(lines_of(text, step), ElementsAre("1:ab", "2:cd", "3:", "4:ef")) << step;
}

TEST(LineSource, DropsAByteOrderMarkAtTheBeginningOnly) {
    EXPECT_THAT(lines_of("\xEF\xBB\xBF"
                         "a\n\xEF\xBB\xBF"
                         "b"),
                ElementsAre("1:a",
                            "2:\xEF\xBB\xBF"
                            "b"));
    EXPECT_THAT(lines_of("\xEF\xBB\xBF"), ElementsAre());
}

TEST(LineSource, GivesALineOfAMebibyteWhole) {
    const auto lines = lines_of(std::string(kCap, 'x') + "\ny");
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].size(), 2 + kCap);
    EXPECT_EQ(lines[1], "2:y");
}

TEST(LineSource, EndsWithALineThatIsLonger) {
    std::size_t given = 0;
    // A source without an end and without a line feed.
    LineSource source([&given](std::span<char> into) {
        std::fill(into.begin(), into.end(), 'x');
        given += into.size();
        return result<std::size_t>(into.size());
    });
    const auto line = source.next();
    ASSERT_TRUE(line && *line);
    EXPECT_TRUE((*line)->is_too_long);
    EXPECT_EQ((*line)->text.size(), kCap);
    EXPECT_LT(given, 2 * kCap);
    const auto after = source.next();
    EXPECT_TRUE(after && !*after);
}

TEST(LineSource, GivesALineOnceMore) {
    LineSource source(bytes_of("a\nb\n"));
    EXPECT_EQ((**source.next()).text, "a");
    source.put_back();
    EXPECT_EQ((**source.next()).text, "a");
    EXPECT_EQ((**source.next()).text, "b");
    EXPECT_FALSE(*source.next());
}

TEST(LineSource, PassesAnErrorOn) {
    LineSource source([](std::span<char>) {
        return result<std::size_t>(
            boost::system::error_code(EIO, boost::system::system_category()));
    });
    EXPECT_EQ(source.next().error().value(), EIO);
}

TEST(BadBytes, AreNamed) {
    EXPECT_FALSE(find_bad_bytes("a\tä\r"));
    EXPECT_THAT(*find_bad_bytes(std::string_view("a\0b", 3)), ::testing::HasSubstr("byte 2"));
    EXPECT_THAT(*find_bad_bytes("a\xFF"), ::testing::HasSubstr("not UTF-8"));
    EXPECT_THAT(*find_bad_bytes(std::string_view("\xFF\xFE"
                                                 "a\0",
                                                 4)),
                ::testing::HasSubstr("UTF-16"));
}

}  // namespace
}  // namespace roster::import_export
