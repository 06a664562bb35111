#include "client/http/api_documents.hpp"

#include "core/json/json_parser.hpp"
#include "core/json/raw_json.hpp"
#include "core/json/user_json.hpp"
#include "core/time.hpp"
#include "protocol/http/problem.hpp"

#include <string>
#include <utility>

namespace roster::client {
namespace {

namespace http = protocol::http;

// The members of an object: strings decoded, other values as compact JSON, arrays by element.
class ObjectReader final : public JsonHandler {
  public:
    static std::optional<ObjectReader> read(std::string_view json) {
        ObjectReader reader;
        if (parse_json(json, reader) || !reader.is_object_) return std::nullopt;
        return reader;
    }

    std::string text(std::string_view name) const {
        const Member* member = find(name, JsonKind::string);
        return member != nullptr ? member->text : std::string();
    }
    std::optional<std::uint64_t> number(std::string_view name) const {
        const Member* member = find(name, JsonKind::number);
        return member != nullptr ? parse_decimal(member->text) : std::nullopt;
    }
    std::string object(std::string_view name) const {
        const Member* member = find(name, JsonKind::begin_object);
        return member != nullptr ? member->text : std::string();
    }
    const std::vector<std::string>* items(std::string_view name) const {
        const Member* member = find(name, JsonKind::begin_array);
        return member != nullptr ? &member->items : nullptr;
    }
    std::optional<std::chrono::sys_seconds> time(std::string_view name) const {
        return parse_rfc3339(text(name));
    }

    bool take(const JsonToken& token) override {
        if (raw_.is_open()) return take_raw(token);
        switch (token.kind) {
            case JsonKind::name: members_.emplace_back().name = token.text; return true;
            case JsonKind::end_object: return true;
            case JsonKind::end_array: in_array_ = false; return true;
            default: break;
        }
        if (members_.empty()) {
            is_object_ = token.kind == JsonKind::begin_object;
            return is_object_ || refuse(token.index, "must be an object");
        }
        if (!in_array_) members_.back().kind = token.kind;
        if (!in_array_ && token.kind == JsonKind::begin_array) return in_array_ = true;
        if (token.kind == JsonKind::begin_object || token.kind == JsonKind::begin_array)
            return take_raw(token);
        keep(std::string(token.text));
        return true;
    }

  private:
    struct Member {
        std::string name;
        JsonKind kind = JsonKind::literal;
        std::string text;
        std::vector<std::string> items;
    };

    bool take_raw(const JsonToken& token) {
        if (!raw_.take(token)) return refuse(token.index, "is there twice");
        if (!raw_.is_open()) keep(raw_.take_text());
        return true;
    }

    void keep(std::string value) {
        if (in_array_)
            members_.back().items.push_back(std::move(value));
        else
            members_.back().text = std::move(value);
    }

    const Member* find(std::string_view name, JsonKind kind) const {
        for (const Member& member : members_)
            if (member.name == name) return member.kind == kind ? &member : nullptr;
        return nullptr;
    }

    bool is_object_ = false;
    bool in_array_ = false;
    std::vector<Member> members_;
    RawJson raw_;
};

std::optional<Session> read_session(std::string_view json) {
    const auto object = ObjectReader::read(json);
    if (!object) return std::nullopt;
    const auto id = object->number("id");
    const auto user = object->number("user");
    if (!id || !user) return std::nullopt;
    Session session;
    session.id = *id;
    session.user = *user;
    session.kind = parse_session_kind(object->text("kind")).value_or(SessionKind::login);
    session.label = object->text("label");
    session.address = object->text("ip");
    session.user_agent = object->text("user_agent");
    session.created_at = object->time("created_at").value_or(session.created_at);
    session.last_seen_at = object->time("last_seen_at").value_or(session.last_seen_at);
    session.expires_at = object->time("expires_at").value_or(session.expires_at);
    return session;
}

// Which error of the store's own this member's is.
Errc errc_of(const ApiFieldError& field) {
    const bool is_email = field.pointer == "/email";
    const bool is_password = field.pointer == "/password" || field.pointer == "/new_password";
    if (field.code == "too_short" && is_email) return Errc::email_too_short;
    if (field.code == "too_long" && is_email) return Errc::email_too_long;
    if (field.code == "not_text" && is_email) return Errc::email_not_text;
    if (field.code == "too_short" && is_password) return Errc::password_too_short;
    if (field.code == "too_long" && is_password) return Errc::password_too_long;
    if (field.code == "not_text" && is_password) return Errc::password_not_text;
    if (field.code == "too_common") return Errc::password_common;
    if (field.code == "is_email") return Errc::password_is_email;
    return Errc::invalid_request;
}

Errc errc_of(const ApiError& error) {
    if (!error.problem) return Errc::malformed_answer;
    switch (*error.problem) {
        case ProblemCode::invalid_credentials: return Errc::invalid_credentials;
        case ProblemCode::session_expired: return Errc::session_expired;
        case ProblemCode::session_revoked: return Errc::session_revoked;
        case ProblemCode::unauthenticated: return Errc::unauthenticated;
        case ProblemCode::account_disabled: return Errc::account_disabled;
        case ProblemCode::forbidden: return Errc::forbidden;
        case ProblemCode::not_found: return Errc::user_not_found;
        case ProblemCode::email_taken: return Errc::email_taken;
        case ProblemCode::username_taken: return Errc::username_taken;
        case ProblemCode::last_admin: return Errc::last_admin;
        case ProblemCode::precondition_failed: return Errc::revision_mismatch;
        case ProblemCode::too_many_attempts: return Errc::too_many_attempts;
        case ProblemCode::overloaded: return Errc::overloaded;
        case ProblemCode::store_unavailable: return Errc::store_unavailable;
        case ProblemCode::internal: return Errc::internal;
        case ProblemCode::validation_failed:
            return error.fields.empty() ? Errc::invalid_request : errc_of(error.fields.front());
        default: break;
    }
    return error.status == 403 ? Errc::forbidden : Errc::invalid_request;
}

ApiFieldError read_field(std::string_view json) {
    ApiFieldError field;
    const auto object = ObjectReader::read(json);
    if (!object) return field;
    field.pointer = object->text("pointer");
    field.code = object->text("code");
    field.detail = object->text("detail");
    const auto params = ObjectReader::read(object->object("params"));
    if (params) field.min = params->number("min");
    return field;
}

}  // namespace

std::optional<User> read_api_user(std::string_view json) {
    constexpr UserShape kDocument{kPublicMembers | kOptionalMembers,  UserMember::none,
                                  UserMember::id | UserMember::email, UserMember::none,
                                  UserShape::Unknown::skip,           true};
    UserParser parser(kDocument);
    if (parse_json(json, parser)) return std::nullopt;
    ParsedUser& parsed = parser.user();
    User user;
    user.id = *parsed.id;
    user.email = std::move(parsed.email);
    user.profile = std::move(parsed.profile);
    user.role = parsed.role.value_or(Role::user);
    user.disabled = parsed.disabled;
    user.created_at = parsed.created_at.value_or(user.created_at);
    user.updated_at = parsed.updated_at.value_or(user.updated_at);
    user.last_login_at = parsed.last_login_at;
    user.metadata = std::move(parsed.metadata);
    return user;
}

std::optional<UserPage> read_user_page(std::string_view json) {
    const auto object = ObjectReader::read(json);
    if (!object || object->items("items") == nullptr) return std::nullopt;
    UserPage page;
    for (const std::string& item : *object->items("items")) {
        auto user = read_api_user(item);
        if (!user) return std::nullopt;
        page.users.push_back(std::move(*user));
    }
    std::string cursor = object->text("next_cursor");
    if (!cursor.empty()) page.next_cursor = std::move(cursor);
    page.total = object->number("total");
    return page;
}

std::optional<std::vector<Session>> read_sessions(std::string_view json) {
    const auto object = ObjectReader::read(json);
    if (!object || object->items("items") == nullptr) return std::nullopt;
    std::vector<Session> sessions;
    for (const std::string& item : *object->items("items")) {
        auto session = read_session(item);
        if (!session) return std::nullopt;
        sessions.push_back(std::move(*session));
    }
    return sessions;
}

std::optional<ApiLogIn> read_log_in(std::string_view json) {
    const auto object = ObjectReader::read(json);
    if (!object) return std::nullopt;
    auto session = read_session(object->object("session"));
    auto user = read_api_user(object->object("user"));
    if (!session || !user) return std::nullopt;
    ApiLogIn log_in;
    log_in.token = Secret(object->text("token"));
    log_in.session = std::move(*session);
    log_in.user = std::move(*user);
    return log_in;
}

std::optional<std::size_t> read_revoked(std::string_view json) {
    const auto object = ObjectReader::read(json);
    return object ? object->number("revoked") : std::nullopt;
}

std::optional<ApiStatus> read_api_status(std::string_view json) {
    const auto object = ObjectReader::read(json);
    if (!object || object->text("name") != "roster") return std::nullopt;
    ApiStatus status;
    status.version = object->text("version");
    status.status = object->text("status");
    const auto uptime = object->number("uptime_seconds");
    if (uptime) status.uptime = std::chrono::seconds(static_cast<std::int64_t>(*uptime));
    status.users = object->number("users");
    status.administrators = object->number("administrators");
    status.sessions = object->number("sessions");
    return status;
}

ApiError read_problem(unsigned status, std::string_view json) {
    ApiError error;
    error.status = status;
    if (const auto object = ObjectReader::read(json)) {
        const std::string code = object->text("code");
        for (const http::ProblemKind& kind : http::problem_kinds())
            if (kind.code == code) error.problem = kind.problem;
        error.detail = object->text("detail");
        error.request_id = object->text("request_id");
        if (const auto* fields = object->items("errors"))
            for (const std::string& field : *fields)
                error.fields.push_back(read_field(field));
    }
    error.error = errc_of(error);
    return error;
}

}  // namespace roster::client
