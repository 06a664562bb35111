#include "core/striped_mutex.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace roster {
namespace {

TEST(StripedMutex, AReaderSeesNoHalfOfAChange) {
    StripedMutex mutex;
    std::array<int, 64> values{};
    std::atomic<int> torn = 0;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kStripes + 4; ++i)
        threads.emplace_back([&, writes = i % 8 == 0] {
            for (int round = 0; round < 500; ++round) {
                if (writes) {
                    const std::unique_lock lock(mutex);
                    for (int& value : values)
                        ++value;
                } else {
                    const std::shared_lock lock(mutex);
                    if (values.front() != values.back()) ++torn;
                }
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(torn, 0);
    EXPECT_EQ(values.front(), 1500);
}

TEST(StripedMutex, ReadersDoNotKeepAWriterOut) {
    StripedMutex mutex;
    std::atomic<bool> is_over = false;
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
        readers.emplace_back([&] {
            while (!is_over)
                const std::shared_lock lock(mutex);
        });
    for (int i = 0; i < 1000; ++i)
        const std::unique_lock lock(mutex);
    is_over = true;
    for (std::thread& reader : readers)
        reader.join();
}

}  // namespace
}  // namespace roster
