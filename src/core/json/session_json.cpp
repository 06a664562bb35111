#include "core/json/session_json.hpp"

#include "core/time.hpp"

#include <boost/json/serialize.hpp>

#include <string_view>

namespace roster {
namespace {

namespace json = boost::json;

void append_text(std::string_view name, const std::string& text, std::string& out) {
    out += ",\"";
    out += name;
    out += "\":";
    out += json::serialize(json::string_view(text.data(), text.size()));
}

void append_time(std::string_view name, std::chrono::sys_seconds time, std::string& out) {
    append_text(name, to_rfc3339(time), out);
}

}  // namespace

void encode_session(const Session& session, std::string& out) {
    out += "{\"id\":";
    out += std::to_string(session.id);
    out += ",\"user\":";
    out += std::to_string(session.user);
    append_text("label", session.label, out);
    append_time("created_at", session.created_at, out);
    append_time("last_seen_at", session.last_seen_at, out);
    append_time("expires_at", session.expires_at, out);
    append_text("ip", session.address, out);
    append_text("user_agent", session.user_agent, out);
    out += '}';
}

}  // namespace roster
