#include "server/http/documents.hpp"

#include "core/json/raw_json.hpp"
#include "core/json/session_json.hpp"
#include "core/json/user_json.hpp"
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
    begin_session_json(session, out);
    append_json_member("current", current ? "true" : "false", out);
    out += '}';
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

}  // namespace roster::server
