#include "cli/io/listing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace roster::cli {
namespace {

std::vector<Column> two_columns() {
    return {Column("id", Column::Align::right), Column("name")};
}

std::string lines_of(Table& table, const std::vector<Row>& rows) {
    std::string out;
    for (const Row& row : rows)
        table.add(row, out);
    table.end(out);
    return out;
}

TEST(Table, AlignsItsColumns) {
    Table table({Column("id", Column::Align::right), Column("name"), Column("last")});
    EXPECT_EQ(lines_of(table, {{"1", "long name", "x"}, {"1000", "é", "y"}}),
              "  id  name       last\n"
              "   1  long name  x\n"
              "1000  é          y\n");
}

TEST(Table, WithoutRowsIsItsNames) {
    Table table(two_columns());
    EXPECT_EQ(lines_of(table, {}), "id  name\n");
}

TEST(Table, ShowsNoControlCharacter) {
    Table table(two_columns());
    const std::string out =
        lines_of(table, {{"1", "\x1b]0;title\x07"}, {"2", "a\nb\r\tc\x7f"}, {"3", "\xc2\x9b\xff"}});
    EXPECT_EQ(out,
              "id  name\n"
              " 1  \\x1B]0;title\\x07\n"
              " 2  a\\x0Ab\\x0D\\x09c\\x7F\n"
              " 3  \\xC2\\x9B\\xFF\n");
}

TEST(Table, CutsNoCell) {
    Table table(two_columns());
    const std::string longest(5000, 'x');
    EXPECT_NE(lines_of(table, {{"1", longest}}).find(longest), std::string::npos);
}

TEST(Table, GivesAPageAsSoonAsItIsWhole) {
    Table table(two_columns());
    std::string out;
    for (std::size_t i = 1; i < Table::kRowsPerPage; ++i)
        table.add({"1", "a"}, out);
    EXPECT_EQ(out, "");
    for (std::size_t i = 0; i < Table::kRowsPerPage; ++i)
        table.add({"1", "a"}, out);
    const auto lines = std::count(out.begin(), out.end(), '\n');
    EXPECT_GE(lines, static_cast<std::ptrdiff_t>(Table::kRowsPerPage));
    table.end(out);
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'),
              static_cast<std::ptrdiff_t>(2 * Table::kRowsPerPage));
    EXPECT_EQ(out.find("id"), out.rfind("id"));
}

TEST(Table, GrowsWiderFromPageToPage) {
    Table table(two_columns());
    std::string out;
    for (std::size_t i = 0; i < Table::kRowsPerPage; ++i)
        table.add({"1", "a"}, out);
    table.add({"1000000", "b"}, out);
    table.add({"2", "c"}, out);
    table.end(out);
    EXPECT_TRUE(out.ends_with("\n 1  a\n1000000  b\n      2  c\n")) << out.substr(out.size() - 60);
}

}  // namespace
}  // namespace roster::cli
