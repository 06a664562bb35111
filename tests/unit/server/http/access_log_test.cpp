#include "server/http/access_log.hpp"

#include <boost/json/parse.hpp>

#include <gtest/gtest.h>

namespace roster::server {
namespace {

AccessLogEntry entry() {
    AccessLogEntry entry;
    entry.address = "192.0.2.1";
    entry.method = "GET";
    entry.path = "/v1/users/me";
    entry.status = 200;
    entry.body_bytes = 52;
    entry.took = std::chrono::microseconds(14);
    entry.request_id = "id-1";
    return entry;
}

AccessLogEntry no_request() {
    AccessLogEntry malformed = entry();
    malformed.method = {};
    malformed.path.clear();
    malformed.status = 400;
    return malformed;
}

TEST(AccessLog, IsALineOfText) {
    EXPECT_EQ(to_text(entry()), "http 192.0.2.1 GET /v1/users/me 200 52 bytes 14 us id-1");
    EXPECT_EQ(to_text(no_request()), "http 192.0.2.1 - - 400 52 bytes 14 us id-1");
}

TEST(AccessLog, OrAnObject) {
    const std::chrono::sys_seconds now(std::chrono::seconds(1'795'000'000));
    EXPECT_EQ(to_json(entry(), now),
              R"({"time":"2026-11-18T11:06:40Z","event":"http_request","address":"192.0.2.1",)"
              R"("method":"GET","path":"/v1/users/me","status":200,"body_bytes":52,)"
              R"("microseconds":14,"request_id":"id-1"})");
    const auto malformed = boost::json::parse(to_json(no_request(), now));
    EXPECT_TRUE(malformed.at("method").is_null());
    EXPECT_TRUE(malformed.at("path").is_null());
}

TEST(AccessLog, AnObjectIsOnOneLineWhateverThePathHolds) {
    AccessLogEntry odd = entry();
    odd.path = "/\"},\n{\"a\\\x01";
    const std::string line = to_json(odd, std::chrono::system_clock::time_point());
    EXPECT_EQ(line.find('\n'), line.npos);
    EXPECT_EQ(boost::json::parse(line).at("path").as_string(), odd.path);
}

}  // namespace
}  // namespace roster::server
