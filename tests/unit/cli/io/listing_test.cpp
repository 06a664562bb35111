#include "cli/io/listing.hpp"

#include "cli/io/exit_code.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace roster::cli {
namespace {

std::vector<Column> columns() {
    return {Column("id", Column::Align::right), Column("name")};
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

TEST(Listing, IsATable) {
    std::ostringstream out;
    Listing listing(out, Format::table, "things", columns());
    ASSERT_TRUE(listing.is_table());
    listing.add_row({"1", "a"});
    listing.end();
    EXPECT_EQ(out.str(), "id  name\n 1  a\n");
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

TEST(Listing, LetsNoControlThrough) {
    EXPECT_EQ(objects(Format::ndjson, {"{\"a\":\"\xc2\x9b\"}"}), "{\"a\":\"\\u009b\"}\n");
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
