#include "server/http/access_log.hpp"

#include "core/json/raw_json.hpp"
#include "core/text.hpp"
#include "core/time.hpp"

namespace roster::server {
namespace {

void append_text(std::string_view name, std::string_view text, std::string& out) {
    if (text.empty())
        append_json_member(name, "null", out);
    else
        append_text_member(name, text, out);
}

}  // namespace

std::string path_without_tokens(const protocol::http::Target& target) {
    // The latter of older versions, whose tokens are still good.
    constexpr std::array<std::string_view, 2> kTokenPrefixes{"rst_", "roster_"};
    const auto is_token = [&](std::string_view segment) {
        return std::any_of(kTokenPrefixes.begin(), kTokenPrefixes.end(),
                           [&](auto prefix) { return segment.find(prefix) != segment.npos; });
    };
    std::string_view rest = target.path();
    std::string path;
    for (const std::string_view segment : target.segments()) {
        const std::string_view sent = rest.substr(0, rest.find('/', 1));
        rest.remove_prefix(sent.size());
        path += is_token(segment) ? "/rst_***" : sent;
    }
    return printable(path.empty() ? target.path() : path);
}

std::string to_text(const AccessLogEntry& entry) {
    std::string line = "http " + entry.address + ' ';
    line.append(entry.method.empty() ? "-" : entry.method).append(" ");
    line.append(entry.path.empty() ? "-" : entry.path).append(" ");
    line += std::to_string(entry.status) + ' ' + std::to_string(entry.body_bytes) + " bytes " +
            std::to_string(entry.took.count()) + " us ";
    return line.append(entry.request_id);
}

std::string to_json(const AccessLogEntry& entry, std::chrono::system_clock::time_point now) {
    std::string line = "{";
    append_text("time", to_rfc3339(std::chrono::floor<std::chrono::seconds>(now)), line);
    append_text("event", "http_request", line);
    append_text("address", entry.address, line);
    append_text("method", entry.method, line);
    append_text("path", entry.path, line);
    append_json_member("status", std::to_string(entry.status), line);
    append_json_member("body_bytes", std::to_string(entry.body_bytes), line);
    append_json_member("microseconds", std::to_string(entry.took.count()), line);
    append_text("request_id", entry.request_id, line);
    return line + '}';
}

}  // namespace roster::server
