#include "client/typed_responses.hpp"

#include "client/http/api_documents.hpp"
#include "client/http/object_reader.hpp"
#include "core/text.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace roster::client {
namespace {

constexpr std::string_view kLoggedIn = "Success Login. you are ";

Errc error_of(unsigned status) {
    switch (status) {
        case 400:
        case 413:  // a password of megabytes is as unacceptable as an empty one
            return Errc::invalid_request;
        case 401: return Errc::invalid_credentials;
        case 403: return Errc::forbidden;
        case 404: return Errc::user_not_found;
        case 409: return Errc::email_taken;
        case 429:
        case 503: return Errc::overloaded;
        default: return Errc::malformed_answer;
    }
}

result<void> check_status(const Response& response, unsigned success) {
    if (response.status == success) return {};
    return error_of(response.status);
}

}  // namespace

result<void> read_sign_up(const Response& response) {
    return check_status(response, 201);
}

result<void> read_modify(const Response& response) {
    return check_status(response, 200);
}

result<Role> read_log_in(const Response& response) {
    const result<void> status = check_status(response, 200);
    if (!status) return status.error();
    std::string_view text = response.body;
    if (text.substr(0, kLoggedIn.size()) != kLoggedIn) return Errc::malformed_answer;
    text.remove_prefix(kLoggedIn.size());
    const std::optional<Role> role = parse_role(text);
    if (!role) return Errc::malformed_answer;
    return *role;
}

result<std::vector<User>> read_users(const Response& response) {
    const result<void> status = check_status(response, 200);
    if (!status) return status.error();
    return read_users(response.body);
}

result<std::vector<User>> read_users(std::string_view json) {
    const auto object = ObjectReader::read(json);
    const auto* items = object ? object->items("users") : nullptr;
    std::vector<std::string> single;
    if (items == nullptr) single.emplace_back(json);
    std::vector<User> users;
    for (const std::string& item : items == nullptr ? single : *items) {
        auto user = read_api_user(item);
        if (!user) return Errc::malformed_answer;
        users.push_back(std::move(*user));
    }
    return users;
}

result<ServerStatus> read_status(const Response& response) {
    const result<void> ok = check_status(response, 200);
    if (!ok) return ok.error();
    const auto word = response.header("Roster-Status");
    const auto uptime = parse_digits(response.header("Roster-Uptime").value_or(""));
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    if (!word || word->empty() || !uptime || *uptime > kMost) return Errc::malformed_answer;

    ServerStatus status;
    status.status = *word;
    status.uptime = std::chrono::seconds(static_cast<std::int64_t>(*uptime));
    if (const auto users = response.header("Roster-Users")) {
        status.users = parse_digits(*users);
        if (!status.users) return Errc::malformed_answer;
    }
    return status;
}

}  // namespace roster::client
