#include "server/net/spare_buffers.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace roster::server {
namespace {

TEST(SpareBuffers, ABufferThatIsTakenBackHasNoMemoryLeft) {
    SpareBuffers spare;
    std::array<std::string, 6> buffers;
    for (int round = 0; round < 3; ++round) {
        for (std::string& buffer : buffers) {
            spare.lend(buffer);
            EXPECT_TRUE(buffer.empty());
            buffer.assign(1000 * (round + 1), 'x');
        }
        for (std::string& buffer : buffers) {
            spare.take_back(buffer);
            EXPECT_EQ(buffer.capacity(), std::string().capacity());
        }
    }
}

TEST(SpareBuffers, LendsWhatItHasTakenBack) {
    SpareBuffers spare;
    std::string one(1000, 'x');
    spare.take_back(one);
    std::string other = "short";
    other.clear();
    spare.lend(other);
    EXPECT_TRUE(other.empty());
    EXPECT_GE(other.capacity(), 1000U);
}

}  // namespace
}  // namespace roster::server
