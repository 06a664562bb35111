#include "cli/import_export/csv_record.hpp"

#include "unit/cli/import_export/fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace roster::cli {
namespace {

using testing::bytes_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Cells = std::vector<std::string>;
using Got = CsvRecordReader::Got;

struct ReadRecords {
    std::vector<Cells> records;
    std::vector<std::size_t> lines;
    std::string problem;
};

ReadRecords read(std::string text, std::size_t step = 4096) {
    LineSource lines(bytes_of(std::move(text), step));
    CsvRecordReader reader(lines);
    ReadRecords all;
    for (;;) {
        const auto got = reader.next();
        if (!got || *got == Got::end) return all;
        if (*got == Got::problem) {
            EXPECT_EQ(reader.problem().kind, LineProblem::Kind::ends_reading);
            all.problem = std::to_string(reader.problem().line) + ": " + reader.problem().text;
            return all;
        }
        Cells cells;
        for (std::size_t i = 0; i < reader.record().size(); ++i)
            cells.emplace_back(reader.record().cell(i));
        all.records.push_back(std::move(cells));
        all.lines.push_back(reader.record().line());
    }
}

TEST(CsvRecord, IsCellsBetweenCommas) {
    EXPECT_THAT(read("a,b\r\nc,d\r\n").records, ElementsAre(Cells{"a", "b"}, Cells{"c", "d"}));
    EXPECT_THAT(read("a,b\nc,d").records, ElementsAre(Cells{"a", "b"}, Cells{"c", "d"}));
    EXPECT_THAT(read(",\n,,").records, ElementsAre(Cells{"", ""}, Cells{"", "", ""}));
    EXPECT_THAT(read("a, b \n").records, ElementsAre(Cells{"a", " b "}));
}

TEST(CsvRecord, MayHaveCellsInQuotes) {
    EXPECT_THAT(read("\"a\",\"b,c\"\r\n").records, ElementsAre(Cells{"a", "b,c"}));
    EXPECT_THAT(read("\"say \"\"hi\"\"\",\"\"\n").records, ElementsAre(Cells{"say \"hi\"", ""}));
    EXPECT_THAT(read("\"\"\"\"").records, ElementsAre(Cells{"\""}));
    EXPECT_THAT(read("\"\"").records, ElementsAre(Cells{""}));
}

TEST(CsvRecord, MayGoOverLines) {
    const auto all = read("a,\"b\r\n\r\nc\"\r\n\r\nd,\"e\nf\"\n");
    EXPECT_THAT(all.records, ElementsAre(Cells{"a", "b\r\n\r\nc"}, Cells{"d", "e\nf"}));
    EXPECT_THAT(all.lines, ElementsAre(1U, 5U));
}

TEST(CsvRecord, DoesNotMindHowTheBytesCome) {
    const std::string text = "a,\"b\r\n\"\"c\"\r\n\nd,e\n";
    for (std::size_t step = 1; step <= text.size(); ++step)
        EXPECT_THAT(read(text, step).records, ElementsAre(Cells{"a", "b\r\n\"c"}, Cells{"d", "e"}));
}

TEST(CsvRecord, RefusesQuotesOutOfPlace) {
    EXPECT_THAT(read("a\nb\"c\n").problem, HasSubstr("2: a quote is in a cell"));
    EXPECT_THAT(read("\"a\"b\n").problem, HasSubstr("1: something follows a closing quote"));
    EXPECT_THAT(read("\"a\" ,b\n").problem, HasSubstr("something follows"));
    EXPECT_THAT(read("a\n\"b\nc\nd").problem, HasSubstr("2: a quote is opened"));
    EXPECT_THAT(read("\"").problem, HasSubstr("1: a quote is opened"));
}

TEST(CsvRecord, IsBoundedOverAllItsLines) {
    std::string text = "a\n\"";
    while (text.size() < 3 * LineSource::kMaxLineBytes)
        text += std::string(100'000, 'x') + "\n";
    EXPECT_THAT(read(text).problem, HasSubstr("2: longer than 1 MiB"));
    EXPECT_THAT(read("a\n" + std::string(2 * LineSource::kMaxLineBytes, 'x')).problem,
                HasSubstr("2: longer than 1 MiB"));
}

TEST(CsvRecord, RefusesBytesThatAreNoText) {
    EXPECT_THAT(read(std::string("a\nb\0c\n", 6)).problem, HasSubstr("2: byte 2 is a NUL"));
    EXPECT_THAT(read("a\nb\n\xC3\n").problem, HasSubstr("3: this is not UTF-8"));
}

// What is written is read again, whatever it is.
TEST(CsvRecord, ComesBackAsItWasWritten) {
    constexpr std::string_view kLetters = "a,\"\r\n =";
    std::mt19937 random(7);
    for (int round = 0; round < 1'000; ++round) {
        std::vector<Cells> records(1 + random() % 4);
        std::string text;
        for (Cells& cells : records) {
            cells.resize(2 + random() % 3);
            for (std::size_t i = 0; i < cells.size(); ++i) {
                for (std::size_t left = random() % 5; left > 0; --left)
                    cells[i] += kLetters[random() % kLetters.size()];
                if (i > 0) text += ',';
                append_csv_cell(text, cells[i]);
            }
            text += round % 2 == 0 ? "\r\n" : "\n";
        }
        const auto all = read(text, 1 + random() % 9);
        ASSERT_EQ(all.records, records) << text;
    }
}

}  // namespace
}  // namespace roster::cli
