#include "server/forward_auth/identity_headers.hpp"

#include "protocol/http/escapes.hpp"

#include <algorithm>

namespace roster::server {
namespace {

namespace http = protocol::http;

bool is_kept(char c) noexcept {
    return c >= 0x20 && c < 0x7F && c != '%';
}

// Most texts are sent as they are.
void add_text(http::HeaderName name, std::string_view text, http::Response& response) {
    const bool has_outer_space = text.starts_with(' ') || text.ends_with(' ');
    if (!has_outer_space &&
        std::all_of(text.begin(), text.end(), [](char c) { return is_kept(c); }))
        response.add_header(name, text);
    else
        response.add_header(name, header_text(text));
}

void add_groups(const User& user, http::Response& response) {
    const std::string_view role = to_string(user.role);
    if (user.profile.groups.empty()) return response.add_header("Remote-Groups", role);
    std::string groups;
    for (const std::string& group : user.profile.groups)
        if (group != role) groups.append(group).append(",");
    groups += role;
    response.add_header("Remote-Groups", groups);
}

}  // namespace

std::string header_text(std::string_view utf8) {
    std::string text;
    const std::size_t begin = std::min(utf8.find_first_not_of(' '), utf8.size());
    const std::size_t end = std::max(utf8.find_last_not_of(' ') + 1, begin);
    for (std::size_t i = 0; i < begin; ++i)
        text += "%20";
    protocol::http::append_escaped(utf8.substr(begin, end - begin), is_kept, text);
    for (std::size_t i = end; i < utf8.size(); ++i)
        text += "%20";
    return text;
}

void add_identity(const User& user, http::Response& response) {
    const UserProfile& profile = user.profile;
    const std::string& login = profile.username.empty() ? user.email : profile.username;
    add_text("Remote-User", login, response);
    add_text("Remote-Name", profile.name.empty() ? login : profile.name, response);
    add_text("Remote-Email", user.email, response);
    add_groups(user, response);
    response.add_header("Roster-User-Id", std::to_string(user.id));
    response.add_header("Roster-Role", to_string(user.role));
}

}  // namespace roster::server
