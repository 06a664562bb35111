#include "cli/import_export/user_fields.hpp"

#include "accounts/credentials.hpp"
#include "cli/config/options.hpp"
#include "core/json/raw_json.hpp"
#include "core/password_format.hpp"
#include "core/text.hpp"
#include "core/time.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

namespace roster::cli {
namespace {

constexpr std::array<std::pair<std::string_view, UserField>, 9> kNames{{
    {"id", UserField::id},
    {"email", UserField::email},
    {"password_hash", UserField::password_hash},
    {"password", UserField::password},
    {"role", UserField::role},
    {"disabled", UserField::disabled},
    {"created_at", UserField::created_at},
    {"updated_at", UserField::updated_at},
    {"metadata", UserField::metadata},
}};

std::optional<bool> parse_flag(std::string_view text) noexcept {
    if (equals_ignoring_case(text, "true")) return true;
    if (equals_ignoring_case(text, "false")) return false;
    return std::nullopt;
}

// As every store keeps them.
std::optional<std::chrono::sys_seconds> parse_time(std::string_view text) noexcept {
    using namespace std::chrono;
    constexpr sys_days kFirst{year{1970} / 1 / 1};
    constexpr sys_days kAfterLast{year{10000} / 1 / 1};
    const auto time = parse_rfc3339(text);
    if (!time || *time < kFirst || *time >= kAfterLast) return std::nullopt;
    return time;
}

template <class Value>
ImportedUserParser::Problem keep(UserField field, const std::optional<Value>& parsed,
                                 Value& target) {
    if (!parsed) return rule_of(field);
    target = *parsed;
    return std::nullopt;
}

template <class Value>
ImportedUserParser::Problem keep(UserField field, const std::optional<Value>& parsed,
                                 std::optional<Value>& target) {
    if (!parsed) return rule_of(field);
    target = parsed;
    return std::nullopt;
}

}  // namespace

std::optional<std::string> why_hash_refused(std::string_view text) {
    const PasswordFormat format = read_password_format(text);
    switch (format.status) {
        case HashStatus::checkable: return std::nullopt;
        case HashStatus::none: return "is empty; leave it out";
        case HashStatus::plain:
            return "is not a hash that roster knows; a plain password belongs into password";
        case HashStatus::damaged: return why_refused(format) + "; copy it once more";
        case HashStatus::too_costly:
        case HashStatus::foreign:
            return why_refused(format) + "; leave it out, and set a new password afterwards";
    }
    return std::nullopt;
}

bool is_hash_like(std::string_view text) noexcept {
    const HashStatus state = read_password_format(text).status;
    return state != HashStatus::none && state != HashStatus::plain;
}

std::optional<UserField> parse_user_field(std::string_view name) noexcept {
    for (const auto& [known, field] : kNames)
        if (known == name) return field;
    return std::nullopt;
}

std::string_view to_string(UserField field) noexcept {
    for (const auto& [name, known] : kNames)
        if (known == field) return name;
    return "";
}

std::string_view names_of_user_fields() noexcept {
    return "id, email, password_hash, password, role, disabled, created_at, updated_at and "
           "metadata";
}

std::string unknown_field(std::string_view name) {
    return "'" + printable(name) + "' is not known here, only " +
           std::string(names_of_user_fields()) +
           "; rename it, or pass over it with --ignore-unknown";
}

std::string rule_of(UserField field) {
    const std::string name(to_string(field));
    switch (field) {
        case UserField::id: return name + " must be a whole number from 1 to 9007199254740990";
        case UserField::email:
        case UserField::password_hash:
        case UserField::password: return name + " must be a text";
        case UserField::role: return name + " must be admin or user";
        case UserField::disabled: return name + " must be true or false";
        case UserField::created_at:
        case UserField::updated_at: return name + " must be a time like 2026-11-22T09:00:00Z";
        case UserField::metadata: return name + " must be a JSON object";
    }
    return name;
}

ImportedUserParser::Problem ImportedUserParser::set(UserField field, std::string_view text) {
    switch (field) {
        case UserField::id: {
            const auto id = parse_number(text);
            return id ? set_id(*id) : Problem(rule_of(field));
        }
        case UserField::email: return set_email(text);
        case UserField::password: return set_password(text);
        case UserField::password_hash: return set_hash(text);
        case UserField::role: return keep(field, parse_role(text), user_.role);
        case UserField::disabled: return keep(field, parse_flag(text), user_.disabled);
        case UserField::created_at: return keep(field, parse_time(text), user_.created_at);
        case UserField::updated_at: return keep(field, parse_time(text), user_.updated_at);
        case UserField::metadata: return parse_metadata(text);
    }
    return std::nullopt;
}

ImportedUserParser::Problem ImportedUserParser::set_id(std::uint64_t id) {
    if (id == 0 || id > kMaxImportedId) return rule_of(UserField::id);
    user_.id = id;
    return std::nullopt;
}

ImportedUserParser::Problem ImportedUserParser::set_email(std::string_view text) {
    const auto checked = accounts::check_email(text);
    if (!checked) return checked.error().message() + "; correct it";
    user_.email = text;
    return std::nullopt;
}

ImportedUserParser::Problem ImportedUserParser::set_password(std::string_view text) {
    if (is_hash_like(text)) return "password looks like a hash; hashes belong into password_hash";
    user_.password = Secret(text);
    return std::nullopt;
}

ImportedUserParser::Problem ImportedUserParser::set_hash(std::string_view text) {
    if (auto refused = why_hash_refused(text)) return "password_hash " + *refused;
    user_.password_hash = Secret(text);
    return std::nullopt;
}

ImportedUserParser::Problem ImportedUserParser::parse_metadata(std::string_view json) {
    auto compact = compact_metadata(json);
    if (const auto* problem = std::get_if<Diagnostic>(&compact))
        return "metadata: " + to_string(*problem);
    set_metadata(std::move(std::get<std::string>(compact)));
    return std::nullopt;
}

Imported ImportedUserParser::finish(std::size_t line) {
    if (user_.email.empty()) return LineProblem(line, "email is missing; every user needs one");
    if (!user_.password.empty() && !user_.password_hash.empty())
        return LineProblem(line, "password and password_hash are both there; keep one of them");
    user_.line = line;
    return std::exchange(user_, {});
}

}  // namespace roster::cli
