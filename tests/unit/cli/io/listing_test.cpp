#include "cli/io/listing.hpp"

#include "cli/io/exit_code.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

namespace roster::cli {
namespace {

std::vector<Column> columns() {
    return {Column("id", Column::Align::right), Column("name")};
}

std::string table(const std::vector<Row>& rows, const std::vector<Column>& columns = columns()) {
    std::ostringstream out;
    Listing listing(out, Format::table, "things", columns);
    EXPECT_TRUE(listing.is_table());
    for (const Row& row : rows)
        listing.add_row(row);
    listing.end();
    return out.str();
}

std::string objects(Format format, const std::vector<std::string>& json) {
    std::ostringstream out;
    Listing listing(out, format, "things", columns());
    EXPECT_FALSE(listing.is_table());
    for (const std::string& object : json)
        listing.add_object(object);
    listing.end();
    return out.str();
}

TEST(Table, AlignsItsColumns) {
    EXPECT_EQ(table({{"1", "long name", "x"}, {"1000", "é", "y"}},
                    {Column("id", Column::Align::right), Column("name"), Column("last")}),
              "  id  name       last\n"
              "   1  long name  x\n"
              "1000  é          y\n");
    EXPECT_EQ(table({}), "id  name\n");
}

TEST(Table, ShowsNoControlCharacter) {
    EXPECT_EQ(table({{"1", "\x1b]0;title\x07"}, {"2", "a\nb\r\tc\x7f"}, {"3", "\xc2\x9b\xff"}}),
              "id  name\n"
              " 1  \\x1B]0;title\\x07\n"
              " 2  a\\x0Ab\\x0D\\x09c\\x7F\n"
              " 3  \\xC2\\x9B\\xFF\n");
}

TEST(Table, CutsNoCell) {
    const std::string longest(5000, 'x');
    EXPECT_NE(table({{"1", longest}}).find(longest), std::string::npos);
}

TEST(Table, PrintsEachPageAsSoonAsItIsWhole) {
    std::ostringstream out;
    Listing listing(out, Format::table, "things", columns());
    const auto lines = [&out] {
        const std::string text = out.str();
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    };
    for (std::size_t i = 1; i < Listing::kRowsPerPage; ++i)
        listing.add_row({"1", "a"});
    EXPECT_EQ(lines(), 0U);
    for (std::size_t i = 0; i < Listing::kRowsPerPage; ++i)
        listing.add_row({"1", "a"});
    EXPECT_GE(lines(), Listing::kRowsPerPage);
    listing.end();
    EXPECT_EQ(lines(), 2 * Listing::kRowsPerPage);
    EXPECT_EQ(out.str().find("id"), out.str().rfind("id"));
}

TEST(Table, GrowsWiderFromPageToPage) {
    std::vector<Row> rows(Listing::kRowsPerPage, Row{"1", "a"});
    rows.push_back({"1000000", "b"});
    rows.push_back({"2", "c"});
    const std::string text = table(rows);
    EXPECT_TRUE(text.ends_with("\n 1  a\n1000000  b\n      2  c\n"))
        << text.substr(text.size() - 60);
}

TEST(Listing, IsOneObjectInJson) {
    EXPECT_EQ(objects(Format::json, {R"({"id":1})", R"({"id":2})"}),
              "{\"things\":[\n{\"id\":1},\n{\"id\":2}\n]}\n");
    EXPECT_EQ(objects(Format::json, {}), "{\"things\":[]}\n");
}

TEST(Listing, IsALineEachInNdjson) {
    EXPECT_EQ(objects(Format::ndjson, {R"({"id":1})", R"({"id":2})"}), "{\"id\":1}\n{\"id\":2}\n");
    EXPECT_EQ(objects(Format::ndjson, {}), "");
}

TEST(Listing, EscapesWhatSomeTerminalsObey) {
    EXPECT_EQ(objects(Format::ndjson, {"\"a\x7f\xc2\x80\xc2\x9b\xc2\x9f\""}),
              "\"a\\u007f\\u0080\\u009b\\u009f\"\n");
}

TEST(Listing, EscapesWhatShowsAnotherTextThanIsThere) {
    EXPECT_EQ(objects(Format::ndjson, {"\"a\u202Eb\u200B\u2028\U000E0041\""}),
              "\"a\\u202eb\\u200b\\u2028\\udb40\\udc41\"\n");
}

TEST(Listing, LeavesEveryOtherCharacterAlone) {
    for (const std::string text : {"{\"e\":\"é\xf0\x9f\x98\x80\\u001b\"}", "", "\xc2"})
        EXPECT_EQ(escape_bidi(text), text);
}

TEST(Listing, KeepsNoMoreThanItMust) {
    std::ostringstream out;
    Listing listing(out, Format::json, "things", columns());
    for (int i = 0; i < 10'000; ++i)
        listing.add_object(R"({"id":1,"name":"somebody"})");
    EXPECT_GT(out.str().size(), 200'000U);
}

TEST(Listing, SaysWhereItCouldNotBeWritten) {
    std::ostringstream out;
    out.setstate(std::ios::badbit);
    Listing listing(out, Format::ndjson, "things", columns());
    listing.add_object("{}");
    EXPECT_THROW(listing.end(), Refused);
}

}  // namespace
}  // namespace roster::cli
