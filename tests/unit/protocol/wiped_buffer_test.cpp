#include "protocol/wiped_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace roster::protocol {
namespace {

TEST(WipedBuffer, IsAQueueOfBytes) {
    WipedBuffer buffer;
    EXPECT_EQ(buffer.view(), "");
    buffer.append("hello ");
    buffer.append("");
    buffer.append("world");
    EXPECT_EQ(buffer.view(), "hello world");
    buffer.consume(6);
    EXPECT_EQ(buffer.view(), "world");
    buffer.append("s");
    EXPECT_EQ(buffer.view(), "worlds");
    buffer.clear();
    EXPECT_EQ(buffer.size_bytes(), 0U);
    buffer.append("again");
    EXPECT_EQ(buffer.view(), "again");
}

TEST(WipedBuffer, KeepsItsOrderWhateverComesAndGoes) {
    WipedBuffer buffer;
    std::string expected;
    for (std::size_t i = 0; i < 3000; ++i) {
        const std::string piece((i * 7) % 50, static_cast<char>('a' + i % 26));
        buffer.append(piece);
        expected += piece;
        const std::size_t gone = std::min((i * 13) % 60, expected.size());
        buffer.consume(gone);
        expected.erase(0, gone);
        ASSERT_EQ(buffer.view(), expected);
    }
}

TEST(WipedBuffer, ConsumedBytesAreOverwritten) {
    WipedBuffer buffer;
    buffer.append("secret, rest");
    const char* const place = buffer.view().data();
    buffer.consume(7);
    EXPECT_EQ(std::string(place, 7), std::string(7, '\0'));
    EXPECT_EQ(buffer.view(), " rest");
}

TEST(WipedBuffer, LosesBytesOfItsMiddleAndWipesWhereTheLastOnesWere) {
    WipedBuffer buffer;
    buffer.append("one secret two");
    buffer.consume(4);
    const char* const place = buffer.view().data();
    buffer.erase(1, 5);
    EXPECT_EQ(buffer.view(), "s two");
    EXPECT_EQ(std::string(place + 5, 5), std::string(5, '\0'));
}

}  // namespace
}  // namespace roster::protocol
