#include "storage/memory/sorted_blocks.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace roster::storage {
namespace {

using Numbers = SortedBlocks<int>;

Numbers::Place place_of(const Numbers& numbers, int number) {
    return numbers.partition_point([number](int other) { return other < number; });
}

std::vector<int> upwards(const Numbers& numbers) {
    std::vector<int> all;
    for (auto place = numbers.begin(); !numbers.empty() && place != numbers.end();
         place = numbers.next(place))
        all.push_back(numbers.at(place));
    return all;
}

std::vector<int> downwards(const Numbers& numbers) {
    std::vector<int> all;
    for (auto place = numbers.end(); !numbers.empty() && place != numbers.begin();) {
        place = numbers.previous(place);
        all.push_back(numbers.at(place));
    }
    return all;
}

TEST(SortedBlocks, HoldWhatASetHolds) {
    Numbers numbers;
    std::set<int> model;
    std::mt19937 random(5);
    for (int i = 0; i < 20'000; ++i) {
        const int number = static_cast<int>(random() % 5000);
        const auto place = place_of(numbers, number);
        const bool is_there = place != numbers.end() && numbers.at(place) == number;
        ASSERT_EQ(is_there, model.contains(number));
        if (is_there) {
            numbers.erase(place);
            model.erase(number);
        } else {
            numbers.insert(place, number);
            model.insert(number);
        }
    }
    EXPECT_EQ(upwards(numbers), std::vector<int>(model.begin(), model.end()));
    EXPECT_EQ(downwards(numbers), std::vector<int>(model.rbegin(), model.rend()));
    for (const int number : std::set<int>(model))
        numbers.erase(place_of(numbers, number));
    EXPECT_TRUE(numbers.empty());
}

TEST(SortedBlocks, TakeARowAtOnceAndGrowInTheMiddleOfIt) {
    std::vector<int> even;
    for (int i = 0; i < 3000; i += 2)
        even.push_back(i);
    Numbers numbers;
    numbers.assign(even);
    EXPECT_EQ(upwards(numbers), even);
    std::vector<int> all;
    for (int i = 0; i < 3000; ++i)
        all.push_back(i);
    for (int i = 1; i < 3000; i += 2)
        numbers.insert(place_of(numbers, i), i);
    EXPECT_EQ(upwards(numbers), all);
}

}  // namespace
}  // namespace roster::storage
