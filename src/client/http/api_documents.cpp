#include "client/http/api_documents.hpp"

#include "client/http/object_reader.hpp"
#include "core/json/user_json.hpp"
#include "protocol/http/problem.hpp"

#include <array>
#include <string>
#include <utility>

namespace roster::client {
namespace {

namespace http = protocol::http;

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

// The elements of "items", each read by `read_item`.
template <class T>
std::optional<std::vector<T>> read_items(const std::optional<ObjectReader>& object,
                                         std::optional<T> (*read_item)(std::string_view)) {
    const auto* items = object ? object->items("items") : nullptr;
    if (items == nullptr) return std::nullopt;
    std::vector<T> values;
    for (const std::string& item : *items) {
        auto value = read_item(item);
        if (!value) return std::nullopt;
        values.push_back(std::move(*value));
    }
    return values;
}

std::optional<ServerSetting> read_setting(std::string_view json) {
    const auto object = ObjectReader::read(json);
    if (!object) return std::nullopt;
    ServerSetting setting{object->text("name"), std::nullopt, object->text("source")};
    if (object->has_text("value")) setting.value = object->text("value");
    return setting;
}

std::optional<ApiDelay> read_delay(std::string_view json) {
    const auto object = ObjectReader::read(json);
    const auto since = object ? object->time("since") : std::nullopt;
    const auto until = object ? object->time("until") : std::nullopt;
    if (!since || !until) return std::nullopt;
    return ApiDelay{object->text("key"), *since, *until};
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
    return to_user(std::move(parser.user()));
}

std::optional<UserPage> read_user_page(std::string_view json) {
    const auto object = ObjectReader::read(json);
    auto users = read_items(object, read_api_user);
    if (!users) return std::nullopt;
    UserPage page;
    page.users = std::move(*users);
    std::string cursor = object->text("next_cursor");
    if (!cursor.empty()) page.next_cursor = std::move(cursor);
    page.total = object->number("total");
    return page;
}

std::optional<std::vector<Session>> read_sessions(std::string_view json) {
    return read_items(ObjectReader::read(json), read_session);
}

std::optional<ApiSessionPage> read_session_page(std::string_view json) {
    const auto object = ObjectReader::read(json);
    auto items = read_items(object, read_session);
    if (!items) return std::nullopt;
    return ApiSessionPage{std::move(*items), object->text("next_cursor")};
}

std::optional<std::optional<SessionId>> read_own_session(std::string_view json) {
    const auto object = ObjectReader::read(json);
    if (!object || object->items("items") == nullptr) return std::nullopt;
    std::optional<SessionId> own;
    for (const std::string& item : *object->items("items")) {
        const auto session = ObjectReader::read(item);
        if (session && session->is_set("current")) own = session->number("id");
    }
    return own;
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

std::optional<ApiToken> read_token(std::string_view json) {
    const auto object = ObjectReader::read(json);
    auto session = object ? read_session(object->object("session")) : std::nullopt;
    if (!session) return std::nullopt;
    ApiToken token;
    token.token = Secret(object->text("token"));
    token.session = std::move(*session);
    return token;
}

std::optional<ApiPasswordLink> read_password_link(std::string_view json) {
    const auto object = ObjectReader::read(json);
    const auto expires_at = object ? object->time("expires_at") : std::nullopt;
    if (!expires_at) return std::nullopt;
    ApiPasswordLink link;
    link.url = Secret(object->text("url"));
    link.token = Secret(object->text("token"));
    link.expires_at = *expires_at;
    return link;
}

std::optional<std::vector<ServerSetting>> read_settings(std::string_view json) {
    return read_items(ObjectReader::read(json), read_setting);
}

std::optional<ApiDelayPage> read_delays(std::string_view json) {
    const auto object = ObjectReader::read(json);
    auto items = read_items(object, read_delay);
    if (!items) return std::nullopt;
    return ApiDelayPage{std::move(*items), object->text("next_cursor")};
}

std::optional<AuditPage> read_audit_page(std::string_view json) {
    const auto object = ObjectReader::read(json);
    if (!object || object->items("items") == nullptr) return std::nullopt;
    return AuditPage{*object->items("items"), object->text("next_cursor")};
}

std::optional<ApiImportedLine> read_imported_line(std::string_view json) {
    using Status = ApiImportedLine::Status;
    constexpr std::array<std::pair<std::string_view, Status>, 4> kStatuses{
        {{"added", Status::added},
         {"would_add", Status::would_add},
         {"not_added", Status::not_added},
         {"refused", Status::refused}}};
    const auto object = ObjectReader::read(json);
    const auto number = object ? object->number("line") : std::nullopt;
    if (!number) return std::nullopt;
    ApiImportedLine line;
    line.line = *number;
    for (const auto& [name, status] : kStatuses)
        if (object->text("status") == name) line.status = status;
    line.id = object->number("id");
    for (const Errc code : {Errc::email_taken, Errc::username_taken, Errc::id_taken})
        if (object->text("code") == name_of(code)) line.code = code;
    line.detail = object->text("detail");
    return line;
}

std::optional<ApiImportSummary> read_import_summary(std::string_view json) {
    const auto object = ObjectReader::read(json);
    const auto summary = ObjectReader::read(object ? object->object("summary") : "");
    const auto added = summary ? summary->number("added") : std::nullopt;
    const auto refused = summary ? summary->number("refused") : std::nullopt;
    if (!added || !refused) return std::nullopt;
    return ApiImportSummary{*added, *refused};
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
    status.store = object->text("store");
    status.last_backup_at = object->time("last_backup_at");
    if (const auto counts = ObjectReader::read(object->object("log_ins")))
        status.log_ins = ApiLogInCounts{
            counts->number("succeeded").value_or(0), counts->number("refused").value_or(0),
            counts->number("delayed").value_or(0), counts->number("failed").value_or(0)};
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
