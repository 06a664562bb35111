#include "core/json/session_json.hpp"

#include "core/json/raw_json.hpp"
#include "core/time.hpp"

namespace roster {

void begin_session_json(const Session& session, std::string& out) {
    out += "{\"id\":" + std::to_string(session.id);
    append_json_member("user", std::to_string(session.user), out);
    append_text_member("kind", to_string(session.kind), out);
    append_text_member("label", session.label, out);
    append_text_member("created_at", to_rfc3339(session.created_at), out);
    append_text_member("last_seen_at", to_rfc3339(session.last_seen_at), out);
    append_text_member("expires_at", to_rfc3339(session.expires_at), out);
    append_text_member("ip", session.address, out);
    append_text_member("user_agent", session.user_agent, out);
}

}  // namespace roster
