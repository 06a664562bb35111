#include "server/forward_auth/identity_headers.hpp"

#include "protocol/http/escapes.hpp"

#include <algorithm>

namespace roster::server {
namespace {

bool is_kept(char c) noexcept {
    return c >= 0x20 && c < 0x7F && c != '%';
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

void add_identity(const User& user, protocol::http::Response& response) {
    const UserProfile& profile = user.profile;
    const std::string& login = profile.username.empty() ? user.email : profile.username;
    const std::string_view role = to_string(user.role);
    std::string groups;
    for (const std::string& group : profile.groups)
        if (group != role) groups.append(group).append(",");
    groups += role;
    response.add_header("Remote-User", header_text(login));
    response.add_header("Remote-Name", header_text(profile.name.empty() ? login : profile.name));
    response.add_header("Remote-Email", header_text(user.email));
    response.add_header("Remote-Groups", groups);
    response.add_header("Roster-User-Id", std::to_string(user.id));
    response.add_header("Roster-Role", role);
}

}  // namespace roster::server
