#include "core/diagnostic.hpp"

#include <gtest/gtest.h>

namespace roster {
namespace {

Location at(std::string file, std::optional<std::size_t> line, std::optional<std::size_t> column,
            std::optional<std::size_t> offset = std::nullopt) {
    Location location;
    location.file = std::move(file);
    location.line = line;
    location.column = column;
    location.offset = offset;
    return location;
}

TEST(Diagnostic, NamesAsMuchOfTheLocationAsIsKnown) {
    const auto shown = [](Location location) {
        return to_string(Diagnostic("wrong", std::move(location)));
    };
    EXPECT_EQ(shown({}), "wrong");
    EXPECT_EQ(shown(at("a.json", {}, {})), "a.json: wrong");
    EXPECT_EQ(shown(at("a.json", 3, {})), "a.json:3: wrong");
    EXPECT_EQ(shown(at("a.json", 3, 7)), "a.json:3:7: wrong");
    EXPECT_EQ(shown(at("a.json", {}, {}, 40)), "a.json: byte 40: wrong");
    EXPECT_EQ(shown(at("", 3, 7)), "line 3, column 7: wrong");
    EXPECT_EQ(shown(at("", {}, 7)), "column 7: wrong");
    EXPECT_EQ(shown(at("", {}, {}, 0)), "byte 0: wrong");
}

}  // namespace
}  // namespace roster
