#include "storage/json/user_parser.hpp"

#include "core/text.hpp"
#include "core/time.hpp"
#include "core/password_format.hpp"
#include "storage/core/metadata.hpp"

#include <algorithm>

namespace roster::storage {
namespace {

// Whether one letter more, less or other makes `a` of `b`.
bool is_one_letter_off(std::string_view a, std::string_view b) noexcept {
    if (a.size() > b.size()) std::swap(a, b);
    const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    const auto rest_of_a = a.substr(static_cast<std::size_t>(in_a - a.begin()));
    const auto rest_of_b = b.substr(static_cast<std::size_t>(in_b - b.begin()));
    if (a.size() == b.size())
        return !rest_of_a.empty() && rest_of_a.substr(1) == rest_of_b.substr(1);
    return b.size() - a.size() == 1 && rest_of_a == rest_of_b.substr(1);
}

std::optional<std::chrono::sys_seconds> parse_time(std::string_view text) noexcept {
    using namespace std::chrono;
    constexpr sys_days kFirst{year{1970} / 1 / 1};
    constexpr sys_days kAfterLast{year{10000} / 1 / 1};
    const auto time = parse_rfc3339(text);
    if (!time || *time < kFirst || *time >= kAfterLast) return std::nullopt;
    return time;
}

bool is_number(const std::optional<std::uint64_t>& whole) noexcept {
    return whole && *whole >= 1 && *whole <= kMaxNumber;
}

}  // namespace

bool TokenOfName::add(std::string_view name, std::size_t token) {
    if (find(name)) return false;
    names_.emplace_back(name, token);
    return true;
}

std::optional<std::size_t> TokenOfName::find(std::string_view name) const noexcept {
    for (const auto& [known, token] : names_)
        if (known == name) return token;
    return std::nullopt;
}

std::optional<TokenOfName::Slip> TokenOfName::find_slip(
    std::initializer_list<std::string_view> known) const {
    for (const std::string_view meant : known) {
        if (find(meant)) continue;
        for (const auto& [name, token] : names_)
            if (is_one_letter_off(name, meant)) return Slip{name, token, meant};
    }
    return std::nullopt;
}

void UserParser::begin(std::size_t token) {
    *this = UserParser();
    token_ = token;
}

UserParser::Member UserParser::member_of(std::string_view name) noexcept {
    if (name == "id") return Member::id;
    if (name == "email") return Member::email;
    if (name == "password") return Member::password;
    if (name == "role") return Member::role;
    if (name == "disabled") return Member::disabled;
    if (name == "created_at") return Member::created_at;
    if (name == "updated_at") return Member::updated_at;
    if (name == "revision") return Member::revision;
    if (name == "credentials_revision") return Member::credentials_revision;
    if (name == "metadata") return Member::metadata;
    return Member::none;
}

std::string_view UserParser::rule_of(Member member) noexcept {
    switch (member) {
        case Member::none: break;
        case Member::id: return "\"id\" must be a whole number from 1 to 9007199254740991";
        case Member::email:
            return "\"email\" must be a text of 1 to 254 bytes without control characters";
        case Member::password: return "\"password\" must be a text";
        case Member::role: return "\"role\" must be \"admin\" or \"user\"";
        case Member::disabled: return "\"disabled\" must be true or false";
        case Member::created_at:
            return "\"created_at\" must be a time like \"2026-11-22T09:00:00Z\"";
        case Member::updated_at:
            return "\"updated_at\" must be a time like \"2026-11-22T09:00:00Z\"";
        case Member::revision:
            return "\"revision\" must be a whole number from 1 to 9007199254740991";
        case Member::credentials_revision:
            return "\"credentials_revision\" must be a whole number up to 9007199254740991";
        case Member::metadata: return "\"metadata\" must be an object";
    }
    return "not expected here";
}

std::optional<DraftProblem> UserParser::accept(bool good, std::size_t token) const {
    if (good) return std::nullopt;
    return DraftProblem{token, std::string(rule_of(member_))};
}

std::optional<DraftProblem> UserParser::name(std::string_view name, std::size_t token) {
    if (!names_.add(name, token))
        return DraftProblem{token, "the user has \"" + printable(name) + "\" twice"};
    member_ = member_of(name);
    if (member_ == Member::none) unknown_.begin_member(name);
    return std::nullopt;
}

std::optional<DraftProblem> UserParser::string(std::string_view text, std::size_t token) {
    switch (member_) {
        case Member::email: email = text; return accept(is_storable_email(text), token);
        case Member::password: return set_password(text, token);
        case Member::role: role = parse_role(text); return accept(role.has_value(), token);
        case Member::created_at:
            created_at = parse_time(text);
            return accept(created_at.has_value(), token);
        case Member::updated_at:
            updated_at = parse_time(text);
            return accept(updated_at.has_value(), token);
        case Member::none:
        case Member::id:
        case Member::disabled:
        case Member::revision:
        case Member::credentials_revision:
        case Member::metadata: break;
    }
    return accept(false, token);
}

std::optional<DraftProblem> UserParser::set_password(std::string_view text, std::size_t token) {
    constexpr std::size_t kMaxBytes = 1024;
    const PasswordFormat format = read_password_format(text);
    switch (format.status) {
        case HashStatus::none:
        case HashStatus::checkable: password_hash = text; return std::nullopt;
        case HashStatus::plain:
            plain_password = Secret(text);
            if (text.size() <= kMaxBytes && is_clean_text(text)) return std::nullopt;
            return DraftProblem{token,
                                "a plain \"password\" must be a text of at most 1024 bytes without "
                                "control characters"};
        case HashStatus::damaged:
        case HashStatus::too_costly:
        case HashStatus::foreign: return DraftProblem{token, "\"password\" " + why_refused(format)};
    }
    return std::nullopt;
}

std::optional<DraftProblem> UserParser::number(const JsonNumber& number, std::size_t token) {
    if (member_ == Member::credentials_revision) {
        credentials_revision = number.whole.value_or(0);
        return accept(number.whole && *number.whole <= kMaxNumber, token);
    }
    if (member_ == Member::id)
        id = number.whole;
    else if (member_ == Member::revision)
        revision = number.whole;
    else
        return accept(false, token);
    return accept(is_number(number.whole), token);
}

std::optional<DraftProblem> UserParser::literal(std::string_view text, std::size_t token) {
    const bool is_boolean = text == "true" || text == "false";
    if (member_ != Member::disabled || !is_boolean) return accept(false, token);
    disabled = text == "true";
    return std::nullopt;
}

std::optional<DraftProblem> UserParser::bracket(char bracket, std::size_t token) {
    const bool is_metadata = member_ == Member::metadata && bracket == '{';
    if (is_metadata) metadata_.begin(bracket);
    return accept(is_metadata, token);
}

// A user with a revision was written by roster, which leaves nothing out but a "disabled" that is
// false; one without was written by a person, who may.
std::optional<DraftProblem> UserParser::end() {
    constexpr std::size_t kMaxUnknownBytes = 64 * 1024;
    const auto slip = names_.find_slip({"email", "password", "role", "disabled", "created_at",
                                        "updated_at", "revision", "credentials_revision"});
    if (slip)
        return DraftProblem{slip->token, "unknown member \"" + printable(slip->name) + "\"; is \"" +
                                             std::string(slip->meant) + "\" meant?"};
    for (const std::string_view required : {"email", "password"})
        if (!names_.find(required))
            return DraftProblem{token_, "the user has no \"" + std::string(required) + "\""};
    for (const std::string_view required : {"id", "role", "created_at", "updated_at"})
        if (revision && !names_.find(required))
            return DraftProblem{
                token_, "the user has a \"revision\", but no \"" + std::string(required) + "\""};
    if (unknown_.size_bytes() > kMaxUnknownBytes)
        return DraftProblem{token_, "the user has more than 64 KiB of unknown members"};
    unknown_members = unknown_.take();
    if (auto why_not = why_not_metadata(metadata_))
        return DraftProblem{token_of("metadata"), std::move(*why_not)};
    metadata = metadata_.take();
    if (metadata == kNoMetadata) metadata.clear();
    return std::nullopt;
}

std::size_t UserParser::token_of(std::string_view member) const noexcept {
    const auto name = names_.find(member);
    return name ? *name + 1 : token_;
}

}  // namespace roster::storage
