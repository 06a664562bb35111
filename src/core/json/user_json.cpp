#include "core/json/user_json.hpp"

#include "core/time.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <utility>

namespace roster {
namespace {

namespace json = boost::json;

// Members that may be absent keep what a fresh User has; one of the wrong kind is an error.

bool read_id(const json::object& from, UserId& id) {
    const json::value* member = from.if_contains("id");
    if (member == nullptr) return false;
    boost::system::error_code ec;
    id = member->to_number<UserId>(ec);
    return !ec && id != 0;
}

bool read_email(const json::object& from, std::string& email) {
    const json::value* member = from.if_contains("email");
    if (member == nullptr || !member->is_string()) return false;
    email = member->get_string();
    return true;
}

bool read_role(const json::object& from, Role& role) {
    const json::value* member = from.if_contains("role");
    if (member == nullptr) return true;
    if (!member->is_string()) return false;
    const auto parsed = parse_role(member->get_string());
    if (parsed) role = *parsed;
    return parsed.has_value();
}

bool read_flag(const json::object& from, std::string_view name, bool& flag) {
    const json::value* member = from.if_contains(name);
    if (member == nullptr) return true;
    if (!member->is_bool()) return false;
    flag = member->get_bool();
    return true;
}

bool read_time(const json::object& from, std::string_view name, std::chrono::sys_seconds& time) {
    const json::value* member = from.if_contains(name);
    if (member == nullptr) return true;
    if (!member->is_string()) return false;
    const auto parsed = parse_rfc3339(member->get_string());
    if (parsed) time = *parsed;
    return parsed.has_value();
}

result<User> to_user(const json::value& value) {
    const json::object* from = value.if_object();
    if (from == nullptr) return Errc::malformed_answer;
    User user;
    const bool whole = read_id(*from, user.id) && read_email(*from, user.email) &&
                       read_role(*from, user.role) && read_flag(*from, "disabled", user.disabled) &&
                       read_time(*from, "created_at", user.created_at) &&
                       read_time(*from, "updated_at", user.updated_at);
    if (!whole) return Errc::malformed_answer;
    return user;
}

result<std::vector<User>> to_users(const json::array& values) {
    std::vector<User> users;
    users.reserve(values.size());
    for (const json::value& value : values) {
        result<User> user = to_user(value);
        if (!user) return user.error();
        users.push_back(std::move(*user));
    }
    return users;
}

}  // namespace

void encode_user(const User& user, std::string& out) {
    out += "{\"id\":";
    out += std::to_string(user.id);
    out += ",\"email\":";
    out += json::serialize(json::string_view(user.email.data(), user.email.size()));
    out += ",\"role\":\"";
    out += to_string(user.role);
    out += user.disabled ? "\",\"disabled\":true" : "\",\"disabled\":false";
    out += ",\"created_at\":\"";
    out += to_rfc3339(user.created_at);
    out += "\",\"updated_at\":\"";
    out += to_rfc3339(user.updated_at);
    out += "\"}";
}

result<std::vector<User>> decode_users(std::string_view text) {
    boost::system::error_code ec;
    const json::value whole = json::parse(json::string_view(text.data(), text.size()), ec);
    if (ec) return Errc::malformed_answer;
    if (const json::object* object = whole.if_object()) {
        if (const json::value* users = object->if_contains("users")) {
            if (!users->is_array()) return Errc::malformed_answer;
            return to_users(users->get_array());
        }
    }
    result<User> single = to_user(whole);
    if (!single) return single.error();
    std::vector<User> users;
    users.push_back(std::move(*single));
    return users;
}

}  // namespace roster
