#include "server/http/documents.hpp"

#include "core/json/raw_json.hpp"
#include "core/json/user_json.hpp"
#include "core/text.hpp"
#include "core/time.hpp"

namespace roster::server {
namespace {

constexpr UserShape kUserDocument{kPublicMembers | kOptionalMembers,
                                  UserMember::none,
                                  UserMember::none,
                                  UserMember::none,
                                  UserShape::Unknown::skip,
                                  false,
                                  true};

void append_member(std::string_view name, std::string_view text, std::string& out) {
    out.append(",\"").append(name).append("\":");
    append_json_string(text, out);
}

// A token needs no escapes.
void append_token(const accounts::OpenedSession& opened, std::string& out) {
    out.append("\"token\":\"").append(opened.token.reveal());
    out += "\",\"token_type\":\"Bearer\",";
}

void append_end(const Session& session, bool current, std::string& out) {
    out += "\"expires_at\":\"" + to_rfc3339(session.expires_at) + "\",\"session\":";
    append_session_document(session, current, out);
}

}  // namespace

void append_user_document(const User& user, std::string& out) {
    append_user(UserFields(user), kUserDocument, out);
}

void append_session_document(const Session& session, bool current, std::string& out) {
    out += "{\"id\":" + std::to_string(session.id) + ",\"user\":" + std::to_string(session.user);
    append_member("kind", to_string(session.kind), out);
    append_member("label", session.label, out);
    append_member("created_at", to_rfc3339(session.created_at), out);
    append_member("last_seen_at", to_rfc3339(session.last_seen_at), out);
    append_member("expires_at", to_rfc3339(session.expires_at), out);
    append_member("ip", session.address, out);
    append_member("user_agent", session.user_agent, out);
    out += current ? ",\"current\":true}" : ",\"current\":false}";
}

void append_log_in_document(const accounts::OpenedSession& opened, bool shows_token,
                            const User& user, std::string& out) {
    out += '{';
    if (shows_token) append_token(opened, out);
    append_end(opened.session, true, out);
    out += ",\"user\":";
    append_user_document(user, out);
    out += '}';
}

void append_token_document(const accounts::OpenedSession& opened, std::string& out) {
    out += '{';
    append_token(opened, out);
    append_end(opened.session, false, out);
    out += '}';
}

std::string etag_of(const User& user) {
    return '"' + std::to_string(user.revision) + '"';
}

std::optional<Revision> revision_of_etag(std::string_view etag) noexcept {
    if (etag.size() < 3 || !etag.starts_with('"') || !etag.ends_with('"')) return std::nullopt;
    return parse_decimal(etag.substr(1, etag.size() - 2));
}

}  // namespace roster::server
