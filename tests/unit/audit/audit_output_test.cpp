#include "audit/audit_output.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>

namespace roster::audit {
namespace {

class AuditOutput : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(::pipe(ends_.data()), 0);
        ASSERT_EQ(::fcntl(ends_[0], F_SETFL, O_NONBLOCK), 0);
    }
    void TearDown() override {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }

    std::string received() const {
        std::string text;
        std::array<char, 4096> part{};
        for (;;) {
            const auto got = ::read(ends_[0], part.data(), part.size());
            if (got <= 0) return text;
            text.append(part.data(), static_cast<std::size_t>(got));
        }
    }

    std::array<int, 2> ends_{};
};

TEST_F(AuditOutput, GivesLinesToItsReader) {
    const auto output = make_audit_output(ends_[1]);
    EXPECT_TRUE(output->append("a\nb\n", 1));
    EXPECT_TRUE(output->sync());
    EXPECT_EQ(received(), "a\nb\n");
}

TEST_F(AuditOutput, AReaderThatStallsGetsEachLineOnceAndWhole) {
    const auto output = make_audit_output(ends_[1], std::chrono::milliseconds(1));
    const std::string line(3000, 'x');
    std::string taken;
    int refused = 0;
    for (int i = 0; refused < 3; ++i) {
        const std::string numbered = std::to_string(i) + line + "\n";
        if (output->append(numbered, 1))
            taken += numbered;
        else
            ++refused;
    }
    std::string all = received();
    while (!output->sync())
        all += received();
    EXPECT_EQ(all + received(), taken);
}

}  // namespace
}  // namespace roster::audit
