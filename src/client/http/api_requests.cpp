#include "client/http/api_requests.hpp"

#include "core/json/raw_json.hpp"
#include "core/time.hpp"
#include "protocol/http/escapes.hpp"

#include <utility>

namespace roster::client {

using protocol::http::escaped;

namespace {

// A JSON object that is written member by member, and wiped.
class ObjectWriter {
  public:
    ObjectWriter() { json_.reserve(kUsualBytes); }
    ~ObjectWriter() { wipe(); }
    ObjectWriter(const ObjectWriter&) = delete;
    ObjectWriter& operator=(const ObjectWriter&) = delete;

    void raw(std::string_view name, std::string_view value) {
        grow_for(name.size() + value.size() + kFramingBytes);
        json_ += json_.empty() ? '{' : ',';
        append_json_string(name, json_);
        json_.append(":").append(value);
    }
    void text(std::string_view name, std::string_view value) {
        // Each byte may become an escape.
        grow_for(name.size() + 6 * value.size() + kFramingBytes);
        json_ += json_.empty() ? '{' : ',';
        append_json_string(name, json_);
        json_ += ':';
        append_json_string(value, json_);
    }
    void flag(std::string_view name, bool value) { raw(name, value ? "true" : "false"); }
    /// An empty text removes the value.
    void text_or_null(std::string_view name, const std::string& value) {
        value.empty() ? raw(name, "null") : text(name, value);
    }
    void names(std::string_view name, const std::vector<std::string>& values) {
        std::string array = "[";
        for (const std::string& value : values) {
            if (array.size() > 1) array += ',';
            append_json_string(value, array);
        }
        raw(name, array + "]");
    }

    Secret end() {
        grow_for(2);
        json_ += json_.empty() ? "{}" : "}";
        return Secret(json_);
    }

  private:
    static constexpr std::size_t kUsualBytes = 1024;
    static constexpr std::size_t kFramingBytes = 8;

    // What it grows out of may hold a password.
    void grow_for(std::size_t bytes) {
        if (json_.size() + bytes <= json_.capacity()) return;
        std::string larger;
        larger.reserve(2 * (json_.size() + bytes));
        larger += json_;
        wipe();
        json_ = std::move(larger);
    }
    void wipe() noexcept { roster::wipe(json_.data(), json_.size()); }

    std::string json_;
};

}  // namespace

std::string user_path(UserId id) {
    return "/v1/users/" + std::to_string(id);
}

std::string list_target(const UserQuery& query) {
    std::string target = "/v1/users?limit=" + std::to_string(query.limit);
    const auto add = [&target](std::string_view name, std::string_view value) {
        target.append("&").append(name).append("=") += escaped(value);
    };
    if (!query.text.empty()) add("q", query.text);
    if (query.role) add("role", to_string(*query.role));
    if (!query.group.empty()) add("group", query.group);
    if (query.disabled) add("disabled", *query.disabled ? "true" : "false");
    if (query.order != UserOrder()) add("sort", to_string(query.order));
    if (query.cursor) add("cursor", *query.cursor);
    if (query.total) add("total", "true");
    return target;
}

std::string audit_target(const AuditQuery& query) {
    std::string target = "/v1/audit?limit=" + std::to_string(query.limit);
    const auto add = [&target](std::string_view name, std::string_view value) {
        if (!value.empty()) target.append("&").append(name).append("=") += escaped(value);
    };
    add("actor", query.actor);
    add("action", query.action);
    add("outcome", query.outcome);
    add("address", query.address);
    add("request_id", query.request_id);
    if (query.since) add("since", to_rfc3339(*query.since));
    if (query.until) add("until", to_rfc3339(*query.until));
    add("cursor", query.cursor);
    return target;
}

ApiRequest create_user_request(const NewApiUser& user) {
    ObjectWriter body;
    body.text("email", user.email);
    body.text("password", user.password.reveal());
    if (user.role != Role::user) body.text("role", to_string(user.role));
    if (!user.profile.username.empty()) body.text("username", user.profile.username);
    if (!user.profile.name.empty()) body.text("name", user.profile.name);
    if (!user.profile.locale.empty()) body.text("locale", user.profile.locale);
    if (!user.profile.groups.empty()) body.names("groups", user.profile.groups);
    if (user.profile.email_verified_at)
        body.text("email_verified_at", to_rfc3339(*user.profile.email_verified_at));
    if (user.disabled) body.flag("disabled", true);
    if (user.metadata != "{}") body.raw("metadata", user.metadata);
    return {"POST", "/v1/users", body.end()};
}

ApiRequest patch_user_request(UserId id, const ApiUserPatch& patch) {
    ObjectWriter body;
    if (patch.email) body.text("email", *patch.email);
    if (patch.role) body.text("role", to_string(*patch.role));
    if (patch.disabled) body.flag("disabled", *patch.disabled);
    if (patch.username) body.text_or_null("username", *patch.username);
    if (patch.name) body.text_or_null("name", *patch.name);
    if (patch.locale) body.text_or_null("locale", *patch.locale);
    if (patch.groups) body.names("groups", *patch.groups);
    if (patch.metadata) body.raw("metadata", *patch.metadata);
    const std::string_view query = patch.metadata ? "?metadata=replace" : "";
    return {"PATCH", user_path(id).append(query), body.end()};
}

ApiRequest set_password_request(UserId id, const ApiPasswordChange& change) {
    ObjectWriter body;
    body.text("new_password", change.new_password.reveal());
    if (change.current_password) body.text("current_password", change.current_password->reveal());
    if (change.keep_other_sessions) body.flag("keep_other_sessions", true);
    return {"PUT", user_path(id) + "/password", body.end()};
}

ApiRequest password_link_request(UserId user, ApiLinkPurpose purpose,
                                 std::optional<std::chrono::seconds> lifetime) {
    ObjectWriter body;
    body.text("purpose", purpose == ApiLinkPurpose::invite ? "invite" : "reset");
    if (lifetime) body.raw("expires_in", std::to_string(lifetime->count()));
    return {"POST", user_path(user) + "/password-link", body.end()};
}

ApiRequest redeem_request(const Secret& token, const Secret& new_password) {
    ObjectWriter body;
    body.text("token", token.reveal());
    body.text("new_password", new_password.reveal());
    return {"POST", "/v1/password-links/redeem", body.end()};
}

ApiRequest create_token_request(std::string_view label,
                                std::optional<std::chrono::seconds> lifetime) {
    ObjectWriter body;
    body.text("label", label);
    if (lifetime) body.raw("expires_in", std::to_string(lifetime->count()));
    return {"POST", "/v1/tokens", body.end()};
}

ApiRequest log_in_request(std::string_view login, const Secret& password, std::string_view label) {
    ObjectWriter body;
    body.text("login", login);
    body.text("password", password.reveal());
    if (!label.empty()) body.text("label", label);
    return {"POST", "/v1/sessions", body.end()};
}

}  // namespace roster::client
