#include "core/json/user_json.hpp"

#include "core/text.hpp"
#include "core/user_profile.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace roster {

using std::string_view_literals::operator""sv;

namespace {

using Member = UserMember;

// Before the names of members that are set aside.
constexpr std::string_view kAside = "old_";

// Texts of roster's own, which need no escapes.
constexpr Member kPlainMembers = Member::role | Member::email_verified_at | Member::created_at |
                                 Member::updated_at | Member::last_login_at;

constexpr Member kSecretMembers = Member::password | Member::password_hash;

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

// ",\"NAME\":", with as many bytes behind it as make all names equally long.
struct PaddedName {
    std::array<char, 33> text{};
    std::size_t size = 0;
};

// Of each row: an answer may have thousands of them.
const std::array<PaddedName, kUserMembers>& padded_names() {
    static const auto kNames = [] {
        std::array<PaddedName, kUserMembers> names;
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto text = ",\"" + std::string(user_members()[i].name) + "\":";
            std::copy(text.begin(), text.end(), names[i].text.begin());
            names[i].size = text.size();
        }
        return names;
    }();
    return kNames;
}

// Gathers what is short: to append it to a string takes longer than to copy it. Secrets go past it.
class Gathered {
  public:
    explicit Gathered(std::string& out) : out_(out) {}

    void put(char c) {
        make_room(1);
        bytes_[size_++] = c;
    }
    void put(std::string_view text) {
        make_room(text.size());
        if (text.size() > bytes_.size()) {
            out_.append(text);
            return;
        }
        size_ += text.copy(bytes_.data() + size_, text.size());
    }
    // A copy of so many bytes each time is no call.
    void put(const PaddedName& name, bool with_comma) {
        constexpr std::size_t kBytes = sizeof name.text - 1;
        const std::size_t skipped = with_comma ? 0 : 1;
        make_room(kBytes);
        std::memcpy(bytes_.data() + size_, &name.text[skipped], kBytes);
        size_ += name.size - skipped;
    }
    // What is appended to it comes next.
    std::string& flush() {
        out_.append(bytes_.data(), std::exchange(size_, 0));
        return out_;
    }

  private:
    void make_room(std::size_t bytes) {
        if (bytes > bytes_.size() - size_) flush();
    }

    std::string& out_;
    std::size_t size_ = 0;
    std::array<char, 1024> bytes_;
};

template <class Take>
void for_each_name(std::string_view names, const Take& take) {
    while (!names.empty()) {
        const std::size_t size = std::min(names.find(' '), names.size());
        take(names.substr(0, size));
        names.remove_prefix(std::min(size + 1, names.size()));
    }
}

// On one line, as a person would write it. Names need no escapes.
void put_array(std::string_view names, Gathered& out) {
    char before = '[';
    for_each_name(names, [&](std::string_view name) {
        out.put(std::exchange(before, ','));
        out.put('"');
        out.put(name);
        out.put('"');
    });
    if (before == '[') out.put(before);
    out.put(']');
}

void put_string(Member member, std::string_view text, Gathered& out) {
    const bool is_plain =
        has(kPlainMembers, member) || (!has(kSecretMembers, member) && needs_no_escapes(text));
    if (!is_plain) return append_json_string(text, out.flush());
    out.put('"');
    out.put(text);
    out.put('"');
}

void put_raw(std::string_view json, std::size_t tabs, Gathered& out) {
    if (tabs == 0)
        out.put(json);
    else
        append_indented(json, tabs, out.flush());
}

void put_value(const UserMemberRow& row, std::string_view text, std::size_t tabs, Gathered& out) {
    if (row.kind == JsonKind::string)
        put_string(row.member, text, out);
    else if (row.kind == JsonKind::begin_array)
        put_array(text, out);
    else
        put_raw(text, tabs, out);
}

}  // namespace

UserFields::UserFields(const User& user)
    : id(user.id),
      email(user.email),
      profile(&user.profile),
      password_hash(user.password_hash.reveal()),
      role(user.role),
      disabled(user.disabled),
      created_at(user.created_at),
      updated_at(user.updated_at),
      last_login_at(user.last_login_at),
      revision(user.revision),
      credentials_revision(user.credentials_revision),
      metadata(user.metadata) {}

User to_user(ParsedUser parsed) {
    User user;
    user.id = *parsed.id;
    user.email = std::move(parsed.email);
    user.profile = std::move(parsed.profile);
    user.password_hash = std::move(parsed.password_hash);
    user.role = parsed.role.value_or(user.role);
    user.disabled = parsed.disabled;
    user.created_at = parsed.created_at.value_or(user.created_at);
    user.updated_at = parsed.updated_at.value_or(user.updated_at);
    user.last_login_at = parsed.last_login_at;
    user.metadata = std::move(parsed.metadata);
    return user;
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
        std::size_t& seen = name_tokens_[static_cast<std::size_t>(row_ - user_members().data())];
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
    if ((is_kind && row_->set(user_, token.text)) || set_aside(token)) return true;
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
    if (set_aside(token)) return true;
    return refuse(token.index, in_quotes(row_->name) + " " + std::string(row_->rule));
}

bool UserParser::set_aside(const JsonToken& token) {
    if (!shape_.sets_aside || !roster::has(kLaterMembers, row_->member)) return false;
    const std::string name = std::string(kAside).append(row_->name);
    for (const auto& [known, index] : unknown_names_)
        if (known == name) return false;
    unknown_names_.emplace_back(name, token.index);
    unknown_.begin_member(name);
    if (names_) {
        unknown_.take({JsonKind::begin_array, "[", token.index});
        for_each_name(*names_, [&](std::string_view group) {
            unknown_.take({JsonKind::string, group, token.index});
        });
        names_.reset();
    }
    (void)row_->set(user_, {});
    ++user_.set_aside;
    return take_raw(unknown_, token);
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
    for (const UserMemberRow& row : user_members()) {
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
    for (const UserMemberRow& row : user_members()) {
        if (has(row.member)) continue;
        if (roster::has(shape_.required, row.member))
            return refuse(first_token_, "the user has no " + in_quotes(row.name));
        if (user_.revision && roster::has(shape_.required_with_revision, row.member))
            return refuse(first_token_,
                          "the user has a \"revision\", but no " + in_quotes(row.name));
    }
    return true;
}

void set_username_aside(ParsedUser& user) {
    std::string& out = user.unknown_members;
    if (!out.empty()) out += ',';
    out.append("\"").append(kAside).append("username\":");
    append_json_string(std::exchange(user.profile.username, {}), out);
    ++user.set_aside;
}

std::size_t UserParser::token_of(UserMember member) const noexcept {
    const auto rows = user_members();
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i].member == member && name_tokens_[i] != 0) return name_tokens_[i] + 1;
    return first_token_;
}

void append_user(const UserFields& user, const UserShape& shape, std::string& out,
                 std::size_t tabs) {
    Gathered text(out);
    const auto begin_line = [&](std::size_t indent) {
        if (tabs == 0) return;
        text.put('\n');
        for (std::size_t i = 0; i < indent; ++i)
            text.put('\t');
    };
    // Kept: what it holds may be longer than a short string.
    thread_local UserText scratch;
    text.put('{');
    bool is_first = true;
    const auto rows = user_members();
    const auto& names = padded_names();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const UserMemberRow& row = rows[i];
        if (!has(shape.members, row.member)) continue;
        const std::string_view value = row.get(user, scratch);
        if (has(shape.sparse, row.member) && is_default(row.member, value)) continue;
        if (tabs == 0) {
            text.put(names[i], !is_first);
        } else {
            if (!is_first) text.put(',');
            begin_line(tabs);
            text.put(names[i], false);
            text.put(' ');
        }
        is_first = false;
        if (shape.writes_null && row.kind == JsonKind::string && value.empty())
            text.put("null"sv);
        else
            put_value(row, value, tabs, text);
    }
    if (shape.unknown == UserShape::Unknown::keep && !user.unknown_members.empty()) {
        if (!is_first) text.put(',');
        begin_line(tabs);
        put_raw(user.unknown_members, tabs, text);
    }
    begin_line(tabs - 1);
    text.put('}');
    text.flush();
}

void encode_user(const User& user, std::string& out) {
    append_user(UserFields(user), kWireUser, out);
}

}  // namespace roster
