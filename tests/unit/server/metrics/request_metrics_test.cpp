#include "server/metrics/request_metrics.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace roster::server {
namespace {

using std::chrono::milliseconds;

// The values of a counter, by its labels.
std::map<std::string, double> requests_of(const RequestMetrics& metrics) {
    std::map<std::string, double> values;
    const auto families = metrics.collect();
    for (const auto& metric : families.front().metric) {
        std::string name;
        for (const auto& label : metric.label)
            name += label.value + " ";
        values[name] = metric.counter.value;
    }
    return values;
}

TEST(RequestMetrics, CountsByRouteMethodAndStatus) {
    RequestMetrics metrics({"/v1/users", "/v1/users", "/v1/users/{id}"});
    metrics.count("/v1/users", "GET", 200, milliseconds(1));
    metrics.count("/v1/users", "GET", 200, milliseconds(1));
    metrics.count("/v1/users", "POST", 201, milliseconds(1));
    metrics.count("/v1/users/{id}", "GET", 404, milliseconds(1));
    const std::map<std::string, double> expected{
        {"/v1/users GET 200 ", 2}, {"/v1/users POST 201 ", 1}, {"/v1/users/{id} GET 404 ", 1}};
    EXPECT_EQ(requests_of(metrics), expected);
}

TEST(RequestMetrics, HasOneValueForWhatIsNotKnown) {
    RequestMetrics metrics({"/v1/users"});
    metrics.count("", "GET", 404, milliseconds(1));
    metrics.count("/v1/users/17", "BREW", 418, milliseconds(1));
    const std::map<std::string, double> expected{{"none GET 404 ", 1}, {"none other other ", 1}};
    EXPECT_EQ(requests_of(metrics), expected);
}

TEST(RequestMetrics, PutsDurationsIntoCumulativeBuckets) {
    RequestMetrics metrics({"/v1/users"});
    for (const auto took : {milliseconds(0), milliseconds(1), milliseconds(7), milliseconds(9000)})
        metrics.count("/v1/users", "GET", 200, took);
    metrics.count("/v1/users", "GET", 200, -milliseconds(1));
    const auto families = metrics.collect();
    ASSERT_EQ(families.at(1).metric.size(), 1U);
    const auto& histogram = families.at(1).metric.front().histogram;
    EXPECT_EQ(histogram.sample_count, 5U);
    EXPECT_DOUBLE_EQ(histogram.sample_sum, 9.008);
    std::map<double, std::uint64_t> buckets;
    for (const auto& bucket : histogram.bucket)
        buckets[bucket.upper_bound] = bucket.cumulative_count;
    EXPECT_EQ(buckets.at(0.0001), 2U);
    // A bound belongs to its own bucket.
    EXPECT_EQ(buckets.at(0.001), 3U);
    EXPECT_EQ(buckets.at(0.01), 4U);
    EXPECT_EQ(buckets.at(5), 4U);
    EXPECT_EQ(buckets.rbegin()->second, 5U);
}

TEST(RequestMetrics, LosesNothingToOtherThreads) {
    RequestMetrics metrics({"/v1/users"});
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&metrics] {
            for (int j = 0; j < 1000; ++j) {
                metrics.count("/v1/users", "GET", 200, milliseconds(1));
                if (j % 100 == 0) (void)metrics.collect();
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(requests_of(metrics).at("/v1/users GET 200 "), 4000);
}

}  // namespace
}  // namespace roster::server
