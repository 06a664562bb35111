#include "core/json/user_json.hpp"

#include "core/text.hpp"
#include "core/time.hpp"
#include "core/user_profile.hpp"

#include <algorithm>
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

std::string_view time_text(std::optional<std::chrono::sys_seconds> time, std::string& scratch) {
    return scratch = time ? to_rfc3339(*time) : std::string();
}

std::string_view digits(std::uint64_t number, std::string& scratch) {
    std::array<char, 20> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    return scratch.assign(text.data(), end);
}

std::string_view flag(bool value) {
    return value ? "true" : "false";
}

constexpr std::string_view kTimeRule = "must be a time like \"2026-11-22T09:00:00Z\"";

// A new member of a user is a row here, and a place in ParsedUser and UserFields.
constexpr std::array<UserMemberRow, 17> kTable{{
    {Member::id, "id", JsonKind::number, "must be a whole number from 1 to 9007199254740990",
     [](ParsedUser& user, std::string_view text) {
         return set_number(user.id, text, kMaxNumber - 1);
     },
     [](const UserFields& user, std::string& scratch) { return digits(user.id, scratch); }},
    {Member::email, "email", JsonKind::string,
     "must be a text of 1 to 254 bytes without control characters",
     [](ParsedUser& user, std::string_view text) {
         user.email = text;
         return is_storable_email(text);
     },
     [](const UserFields& user, std::string&) { return user.email; }},
    {Member::username, "username", JsonKind::string,
     "must be 1 to 64 of the characters A-Z a-z 0-9 . _ - and not digits alone",
     [](ParsedUser& user, std::string_view text) {
         return set_text(user.profile.username, text, is_username);
     },
     [](const UserFields& user, std::string&) { return std::string_view(user.profile.username); }},
    {Member::name, "name", JsonKind::string,
     "must be a text of at most 254 bytes without control characters",
     [](ParsedUser& user, std::string_view text) {
         return set_text(user.profile.name, text, is_display_name);
     },
     [](const UserFields& user, std::string&) { return std::string_view(user.profile.name); }},
    {Member::password, "password", JsonKind::string, "must be a text",
     [](ParsedUser& user, std::string_view text) {
         user.password = Secret(text);
         return true;
     },
     [](const UserFields& user, std::string&) { return user.password_hash; }},
    {Member::password_hash, "password_hash", JsonKind::string, "must be a text",
     [](ParsedUser& user, std::string_view text) {
         user.password_hash = Secret(text);
         return true;
     },
     [](const UserFields& user, std::string&) { return user.password_hash; }},
    {Member::role, "role", JsonKind::string, "must be \"admin\" or \"user\"",
     [](ParsedUser& user, std::string_view text) {
         user.role = parse_role(text);
         return user.role.has_value();
     },
     [](const UserFields& user, std::string&) { return to_string(user.role); }},
    {Member::groups, "groups", JsonKind::begin_array,
     "must be at most 64 names, each 1 to 64 of the characters a-z 0-9 . _ -",
     [](ParsedUser& user, std::string_view text) {
         auto groups = parse_groups(text);
         if (groups) user.profile.groups = std::move(*groups);
         return groups.has_value();
     },
     [](const UserFields& user, std::string& scratch) {
         return std::string_view(scratch = join_groups(user.profile.groups));
     }},
    {Member::disabled, "disabled", JsonKind::literal, "must be true or false",
     [](ParsedUser& user, std::string_view text) {
         user.disabled = equals_ignoring_case(text, "true");
         return user.disabled || equals_ignoring_case(text, "false");
     },
     [](const UserFields& user, std::string&) { return flag(user.disabled); }},
    {Member::email_verified_at, "email_verified_at", JsonKind::string, kTimeRule,
     [](ParsedUser& user, std::string_view text) {
         return set_time(user.profile.email_verified_at, text);
     },
     [](const UserFields& user, std::string& scratch) {
         return time_text(user.profile.email_verified_at, scratch);
     }},
    {Member::locale, "locale", JsonKind::string,
     "must be a language tag of at most 35 letters, digits and -, like \"de-CH\"",
     [](ParsedUser& user, std::string_view text) {
         return set_text(user.profile.locale, text, is_locale);
     },
     [](const UserFields& user, std::string&) { return std::string_view(user.profile.locale); }},
    {Member::created_at, "created_at", JsonKind::string, kTimeRule,
     [](ParsedUser& user, std::string_view text) { return set_time(user.created_at, text); },
     [](const UserFields& user, std::string& scratch) {
         return time_text(user.created_at, scratch);
     }},
    {Member::updated_at, "updated_at", JsonKind::string, kTimeRule,
     [](ParsedUser& user, std::string_view text) { return set_time(user.updated_at, text); },
     [](const UserFields& user, std::string& scratch) {
         return time_text(user.updated_at, scratch);
     }},
    {Member::last_login_at, "last_login_at", JsonKind::string, kTimeRule,
     [](ParsedUser& user, std::string_view text) { return set_time(user.last_login_at, text); },
     [](const UserFields& user, std::string& scratch) {
         return time_text(user.last_login_at, scratch);
     }},
    {Member::revision, "revision", JsonKind::number,
     "must be a whole number from 1 to 9007199254740991",
     [](ParsedUser& user, std::string_view text) {
         return set_number(user.revision, text, kMaxNumber);
     },
     [](const UserFields& user, std::string& scratch) { return digits(user.revision, scratch); }},
    {Member::credentials_revision, "credentials_revision", JsonKind::number,
     "must be a whole number up to 9007199254740991",
     [](ParsedUser& user, std::string_view text) {
         const auto number = parse_decimal(text);
         user.credentials_revision = number.value_or(0);
         return number && *number <= kMaxNumber;
     },
     [](const UserFields& user, std::string& scratch) {
         return digits(user.credentials_revision, scratch);
     }},
    {Member::metadata, "metadata", JsonKind::begin_object, "must be an object",
     [](ParsedUser& user, std::string_view text) {
         user.metadata = text;
         return true;
     },
     [](const UserFields& user, std::string&) { return user.metadata; }},
}};

// Of the members that may be left out.
bool is_default(Member member, std::string_view text) {
    switch (member) {
        case Member::disabled: return text == "false";
        case Member::credentials_revision: return text == "0";
        case Member::metadata: return text == kNoMetadata;
        default: return text.empty();
    }
}

// Not "quoted": std::quoted would be found where <chrono> brings <iomanip>, since g++ 13.
std::string in_quotes(std::string_view name) {
    return "\"" + printable(name) + "\"";
}

// On one line, as a person would write it. Names need no escapes.
void append_array(std::string_view names, std::string& out) {
    out += '[';
    for (bool is_first = true; !names.empty(); is_first = false) {
        const std::size_t size = std::min(names.find(' '), names.size());
        out += is_first ? "\"" : ",\"";
        out.append(names.substr(0, size)) += '"';
        names.remove_prefix(std::min(size + 1, names.size()));
    }
    out += ']';
}

// Finds the array "users" of an answer; everything else in the answer is skipped.
class UsersAnswer final : public JsonHandler {
  public:
    bool take(const JsonToken& token) override {
        if (depth_ == 2 && in_users_) return take_in_users(token);
        switch (token.kind) {
            case JsonKind::name: is_users_ = depth_ == 1 && token.text == "users"; return true;
            case JsonKind::begin_object:
            case JsonKind::begin_array:
                if (is_users_ && depth_ == 1) {
                    in_users_ = token.kind == JsonKind::begin_array;
                    if (!in_users_) return refuse(token.index, "\"users\" must be an array");
                    found = true;
                }
                ++depth_;
                return true;
            case JsonKind::end_object:
            case JsonKind::end_array: --depth_; return true;
            default:
                return !(is_users_ && depth_ == 1) ||
                       refuse(token.index, "\"users\" must be an array");
        }
    }

    bool found = false;
    std::vector<ParsedUser> users;

  private:
    bool take_in_users(const JsonToken& token) {
        if (!user_.is_open() && token.kind == JsonKind::end_array) {
            in_users_ = false;
            --depth_;
            return true;
        }
        if (!user_.take(token)) return refuse(*user_.problem());
        if (!user_.is_open()) users.push_back(std::move(user_.user()));
        return true;
    }

    std::size_t depth_ = 0;
    bool is_users_ = false;
    bool in_users_ = false;
    UserParser user_{kWireUser};
};

User to_wire_user(ParsedUser& parsed) {
    User user;
    user.id = *parsed.id;
    user.email = std::move(parsed.email);
    user.role = parsed.role.value_or(user.role);
    user.disabled = parsed.disabled;
    user.created_at = parsed.created_at.value_or(user.created_at);
    user.updated_at = parsed.updated_at.value_or(user.updated_at);
    return user;
}

}  // namespace

bool is_storable_email(std::string_view email) noexcept {
    constexpr std::size_t kMaxBytes = 254;
    return !email.empty() && email.size() <= kMaxBytes && is_clean_text(email);
}

bool is_storable_time(std::chrono::sys_seconds time) noexcept {
    constexpr std::chrono::sys_days kEnd = std::chrono::year(10000) / 1 / 1;
    return time.time_since_epoch().count() >= 0 && time < kEnd;
}

UserFields::UserFields(const User& user)
    : id(user.id),
      email(user.email),
      profile(user.profile),
      password_hash(user.password_hash.reveal()),
      role(user.role),
      disabled(user.disabled),
      created_at(user.created_at),
      updated_at(user.updated_at),
      last_login_at(user.last_login_at),
      revision(user.revision),
      credentials_revision(user.credentials_revision),
      metadata(user.metadata) {}

std::span<const UserMemberRow> user_members() noexcept {
    return kTable;
}

const UserMemberRow* find_user_member(std::string_view name) noexcept {
    for (const UserMemberRow& row : kTable)
        if (row.name == name) return &row;
    return nullptr;
}

bool is_one_letter_off(std::string_view a, std::string_view b) noexcept {
    if (a.size() > b.size()) std::swap(a, b);
    const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    const auto rest_of_a = a.substr(static_cast<std::size_t>(in_a - a.begin()));
    const auto rest_of_b = b.substr(static_cast<std::size_t>(in_b - b.begin()));
    if (a.size() == b.size())
        return !rest_of_a.empty() && rest_of_a.substr(1) == rest_of_b.substr(1);
    return b.size() - a.size() == 1 && rest_of_a == rest_of_b.substr(1);
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

bool UserParser::take(const JsonToken& token) {
    if (!is_open_) return begin(token);
    if (names_) return take_name_in_array(token);
    if (metadata_.is_open()) return take_raw(metadata_, token);
    // What is skipped may be any JSON, with names twice.
    if (unknown_.is_open() && shape_.unknown == UserShape::Unknown::skip) {
        unknown_.take(token);
        return true;
    }
    if (unknown_.is_open()) return take_raw(unknown_, token);
    if (token.kind == JsonKind::name) return take_name(token);
    if (token.kind == JsonKind::end_object) return finish();
    return take_value(token);
}

bool UserParser::begin(const JsonToken& token) {
    if (token.kind != JsonKind::begin_object)
        return refuse(token.index, "a user is an object, like {\"email\":\"a@a.com\"}");
    clear_problem();
    user_ = ParsedUser();
    present_ = Member::none;
    first_token_ = token.index;
    name_tokens_.fill(0);
    unknown_names_.clear();
    names_.reset();
    metadata_ = RawJson();
    unknown_ = RawJson();
    is_open_ = true;
    return true;
}

bool UserParser::take_name(const JsonToken& token) {
    const auto twice = [&] {
        return refuse(token.index, "the user has " + in_quotes(token.text) + " twice");
    };
    row_ = find_user_member(token.text);
    if (row_ != nullptr && roster::has(shape_.members, row_->member)) {
        std::size_t& seen = name_tokens_[static_cast<std::size_t>(row_ - kTable.data())];
        if (seen != 0) return twice();
        seen = token.index;
        return true;
    }
    if (shape_.unknown == UserShape::Unknown::refuse)
        return refuse(token.index, in_quotes(token.text) + " is not known here, only " +
                                       names_of(shape_.members));
    for (const auto& [name, index] : unknown_names_)
        if (name == token.text) return twice();
    unknown_names_.emplace_back(token.text, token.index);
    unknown_.begin_member(token.text);
    return true;
}

bool UserParser::take_value(const JsonToken& token) {
    const bool is_null = token.kind == JsonKind::literal && token.text == "null";
    if (is_null && shape_.takes_null) return true;
    const bool is_kind = token.kind == row_->kind && !is_null;
    if (is_kind) present_ = present_ | row_->member;
    if (is_kind && token.kind == JsonKind::begin_object) return take_raw(metadata_, token);
    if (is_kind && token.kind == JsonKind::begin_array) {
        names_.emplace();
        return true;
    }
    if (is_kind && row_->set(user_, token.text)) return true;
    return refuse(token.index, in_quotes(row_->name) + " " + std::string(row_->rule));
}

// The row splits names where a single one must have no separator.
bool UserParser::take_name_in_array(const JsonToken& token) {
    const bool is_end = token.kind == JsonKind::end_array;
    const bool is_name = token.kind == JsonKind::string && is_group_name(token.text);
    if (is_name) names_->append(token.text) += ' ';
    if (is_name || (is_end && row_->set(user_, *names_))) {
        if (is_end) names_.reset();
        return true;
    }
    return refuse(token.index, in_quotes(row_->name) + " " + std::string(row_->rule));
}

bool UserParser::take_raw(RawJson& raw, const JsonToken& token) {
    return raw.take(token) ||
           refuse(token.index, in_quotes(token.text) + " is there twice in one object");
}

bool UserParser::finish() {
    constexpr std::size_t kMaxUnknownBytes = 64 * 1024;
    is_open_ = false;
    if (shape_.unknown == UserShape::Unknown::keep && !has_no_slip()) return false;
    if (!is_complete()) return false;
    if (shape_.unknown == UserShape::Unknown::keep) {
        if (unknown_.size_bytes() > kMaxUnknownBytes)
            return refuse(first_token_, "the user has more than 64 KiB of unknown members");
        user_.unknown_members = unknown_.take_text();
    }
    if (!has(Member::metadata)) return true;
    if (auto why_not = why_not_metadata(metadata_))
        return refuse(token_of(Member::metadata), std::move(*why_not));
    user_.metadata = metadata_.take_text();
    return true;
}

// An id may be missing, and so may what most users do not have: a name like theirs means nothing.
bool UserParser::has_no_slip() {
    for (const UserMemberRow& row : kTable) {
        const bool is_missing = roster::has(shape_.members, row.member) && !has(row.member);
        if (!is_missing || roster::has(Member::id | kOptionalMembers, row.member)) continue;
        for (const auto& [name, token] : unknown_names_)
            if (is_one_letter_off(name, row.name))
                return refuse(token, "unknown member " + in_quotes(name) + "; is " +
                                         in_quotes(row.name) + " meant?");
    }
    return true;
}

bool UserParser::is_complete() {
    for (const UserMemberRow& row : kTable) {
        if (has(row.member)) continue;
        if (roster::has(shape_.required, row.member))
            return refuse(first_token_, "the user has no " + in_quotes(row.name));
        if (user_.revision && roster::has(shape_.required_with_revision, row.member))
            return refuse(first_token_,
                          "the user has a \"revision\", but no " + in_quotes(row.name));
    }
    return true;
}

std::size_t UserParser::token_of(UserMember member) const noexcept {
    for (std::size_t i = 0; i < kTable.size(); ++i)
        if (kTable[i].member == member && name_tokens_[i] != 0) return name_tokens_[i] + 1;
    return first_token_;
}

void append_user(const UserFields& user, const UserShape& shape, std::string& out,
                 std::size_t tabs) {
    const auto begin_line = [&](std::size_t indent) {
        if (tabs == 0) return;
        out += '\n';
        out.append(indent, '\t');
    };
    const auto append_raw = [&](std::string_view json) {
        if (tabs == 0)
            out += json;
        else
            append_indented(json, tabs, out);
    };
    std::string scratch;
    out += '{';
    bool is_first = true;
    const auto begin_member = [&] {
        if (!std::exchange(is_first, false)) out += ',';
        begin_line(tabs);
    };
    for (const UserMemberRow& row : kTable) {
        if (!has(shape.members, row.member)) continue;
        const std::string_view text = row.get(user, scratch);
        if (has(shape.sparse, row.member) && is_default(row.member, text)) continue;
        begin_member();
        out += '"';
        out += row.name;
        out += tabs == 0 ? "\":" : "\": ";
        if (shape.writes_null && row.kind == JsonKind::string && text.empty())
            out += "null";
        else if (row.kind == JsonKind::string)
            append_json_string(text, out);
        else if (row.kind == JsonKind::begin_array)
            append_array(text, out);
        else
            append_raw(text);
    }
    if (shape.unknown == UserShape::Unknown::keep && !user.unknown_members.empty()) {
        begin_member();
        append_raw(user.unknown_members);
    }
    begin_line(tabs - 1);
    out += '}';
}

void encode_user(const User& user, std::string& out) {
    append_user(UserFields(user), kWireUser, out);
}

result<std::vector<User>> decode_users(std::string_view json) {
    UsersAnswer answer;
    if (parse_json(json, answer)) return Errc::malformed_answer;
    if (!answer.found) {
        UserParser single(kWireUser);
        if (parse_json(json, single)) return Errc::malformed_answer;
        answer.users.push_back(std::move(single.user()));
    }
    std::vector<User> users;
    users.reserve(answer.users.size());
    for (ParsedUser& parsed : answer.users)
        users.push_back(to_wire_user(parsed));
    return users;
}

}  // namespace roster
