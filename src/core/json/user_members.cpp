// The one table of a user's members.

#include "core/json/user_json.hpp"
#include "core/text.hpp"
#include "core/time.hpp"
#include "core/user_profile.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace roster {
namespace {

using Member = UserMember;

bool set_number(std::optional<std::uint64_t>& target, std::string_view text, std::uint64_t most) {
    target = parse_decimal(text);
    return target && *target >= 1 && *target <= most;
}

bool set_time(std::optional<std::chrono::sys_seconds>& target, std::string_view text) {
    target = parse_rfc3339(text);
    return target && is_storable_time(*target);
}

bool set_text(std::string& target, std::string_view text, bool (*is_good)(std::string_view)) {
    target = text;
    return text.empty() || is_good(text);
}

std::string_view time_text(std::optional<std::chrono::sys_seconds> time, UserText& scratch) {
    if (!time) return {};
    const std::span text(scratch.digits.data(), kRfc3339Bytes);
    write_rfc3339(*time, text.first<kRfc3339Bytes>());
    return {text.data(), text.size()};
}

std::string_view digits(std::uint64_t number, UserText& scratch) {
    auto& text = scratch.digits;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    return {text.data(), static_cast<std::size_t>(end - text.data())};
}

std::string_view flag(bool value) {
    return value ? "true" : "false";
}

constexpr std::string_view kTimeRule = "must be a time like \"2026-11-22T09:00:00Z\"";

// A new member of a user is a row here, and a place in ParsedUser and UserFields.
constexpr std::array<UserMemberRow, kUserMembers> kTable{{
    {Member::id, "id", JsonKind::number, "must be a whole number from 1 to 9007199254740990",
     [](ParsedUser& user, std::string_view text) {
         return set_number(user.id, text, kMaxNumber - 1);
     },
     [](const UserFields& user, UserText& scratch) { return digits(user.id, scratch); }},
    {Member::email, "email", JsonKind::string,
     "must be a text of 1 to 254 bytes without control characters",
     [](ParsedUser& user, std::string_view text) {
         user.email = text;
         return is_storable_email(text);
     },
     [](const UserFields& user, UserText&) { return user.email; }},
    {Member::username, "username", JsonKind::string,
     "must be 1 to 64 of the characters A-Z a-z 0-9 . _ - and not digits alone",
     [](ParsedUser& user, std::string_view text) {
         return set_text(user.profile.username, text, is_username);
     },
     [](const UserFields& user, UserText&) { return std::string_view(user.profile->username); }},
    {Member::name, "name", JsonKind::string,
     "must be a text of at most 254 bytes without control characters",
     [](ParsedUser& user, std::string_view text) {
         return set_text(user.profile.name, text, is_display_name);
     },
     [](const UserFields& user, UserText&) { return std::string_view(user.profile->name); }},
    {Member::password, "password", JsonKind::string, "must be a text",
     [](ParsedUser& user, std::string_view text) {
         user.password = Secret(text);
         return true;
     },
     [](const UserFields& user, UserText&) { return user.password_hash; }},
    {Member::password_hash, "password_hash", JsonKind::string, "must be a text",
     [](ParsedUser& user, std::string_view text) {
         user.password_hash = Secret(text);
         return true;
     },
     [](const UserFields& user, UserText&) { return user.password_hash; }},
    {Member::role, "role", JsonKind::string, "must be \"admin\" or \"user\"",
     [](ParsedUser& user, std::string_view text) {
         user.role = parse_role(text);
         return user.role.has_value();
     },
     [](const UserFields& user, UserText&) { return to_string(user.role); }},
    {Member::groups, "groups", JsonKind::begin_array,
     "must be at most 64 names, each 1 to 64 of the characters a-z 0-9 . _ -",
     [](ParsedUser& user, std::string_view text) {
         auto groups = parse_groups(text);
         if (groups) user.profile.groups = std::move(*groups);
         return groups.has_value();
     },
     [](const UserFields& user, UserText& scratch) {
         scratch.names.clear();
         join_groups(user.profile->groups, scratch.names);
         return std::string_view(scratch.names);
     }},
    {Member::disabled, "disabled", JsonKind::literal, "must be true or false",
     [](ParsedUser& user, std::string_view text) {
         user.disabled = equals_ignoring_case(text, "true");
         return user.disabled || equals_ignoring_case(text, "false");
     },
     [](const UserFields& user, UserText&) { return flag(user.disabled); }},
    {Member::email_verified_at, "email_verified_at", JsonKind::string, kTimeRule,
     [](ParsedUser& user, std::string_view text) {
         return set_time(user.profile.email_verified_at, text);
     },
     [](const UserFields& user, UserText& scratch) {
         return time_text(user.profile->email_verified_at, scratch);
     }},
    {Member::locale, "locale", JsonKind::string,
     "must be a language tag of at most 35 letters, digits and -, like \"de-CH\"",
     [](ParsedUser& user, std::string_view text) {
         return set_text(user.profile.locale, text, is_locale);
     },
     [](const UserFields& user, UserText&) { return std::string_view(user.profile->locale); }},
    {Member::created_at, "created_at", JsonKind::string, kTimeRule,
     [](ParsedUser& user, std::string_view text) { return set_time(user.created_at, text); },
     [](const UserFields& user, UserText& scratch) { return time_text(user.created_at, scratch); }},
    {Member::updated_at, "updated_at", JsonKind::string, kTimeRule,
     [](ParsedUser& user, std::string_view text) { return set_time(user.updated_at, text); },
     [](const UserFields& user, UserText& scratch) { return time_text(user.updated_at, scratch); }},
    {Member::last_login_at, "last_login_at", JsonKind::string, kTimeRule,
     [](ParsedUser& user, std::string_view text) { return set_time(user.last_login_at, text); },
     [](const UserFields& user, UserText& scratch) {
         return time_text(user.last_login_at, scratch);
     }},
    {Member::revision, "revision", JsonKind::number,
     "must be a whole number from 1 to 9007199254740991",
     [](ParsedUser& user, std::string_view text) {
         return set_number(user.revision, text, kMaxNumber);
     },
     [](const UserFields& user, UserText& scratch) { return digits(user.revision, scratch); }},
    {Member::credentials_revision, "credentials_revision", JsonKind::number,
     "must be a whole number up to 9007199254740991",
     [](ParsedUser& user, std::string_view text) {
         const auto number = parse_decimal(text);
         user.credentials_revision = number.value_or(0);
         return number && *number <= kMaxNumber;
     },
     [](const UserFields& user, UserText& scratch) {
         return digits(user.credentials_revision, scratch);
     }},
    {Member::metadata, "metadata", JsonKind::begin_object, "must be an object",
     [](ParsedUser& user, std::string_view text) {
         user.metadata = text;
         return true;
     },
     [](const UserFields& user, UserText&) { return user.metadata; }},
}};

}  // namespace

bool is_storable_email(std::string_view email) noexcept {
    constexpr std::size_t kMaxBytes = 254;
    return !email.empty() && email.size() <= kMaxBytes && is_clean_text(email);
}

bool is_storable_time(std::chrono::sys_seconds time) noexcept {
    constexpr std::chrono::sys_days kEnd = std::chrono::year(10000) / 1 / 1;
    return time.time_since_epoch().count() >= 0 && time < kEnd;
}

std::span<const UserMemberRow, kUserMembers> user_members() noexcept {
    return kTable;
}

const UserMemberRow* find_user_member(std::string_view name) noexcept {
    for (const UserMemberRow& row : kTable)
        if (row.name == name) return &row;
    return nullptr;
}

std::string names_of(UserMember mask) {
    std::vector<std::string_view> names;
    for (const UserMemberRow& row : kTable)
        if (has(mask, row.member)) names.push_back(row.name);
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
        text += names[i];
    }
    return text;
}

}  // namespace roster
