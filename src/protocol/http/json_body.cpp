#include "protocol/http/json_body.hpp"

#include "core/json/json_parser.hpp"
#include "core/json/raw_json.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace roster::protocol::http {
namespace {

using Kind = JsonBody::Kind;
using Member = JsonBody::Member;

bool is_finite(std::string_view number) noexcept {
    double value = 0;
    return std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc();
}

// Checks the limits of every token, and keeps the members of the outermost object.
class BodyHandler final : public JsonHandler {
  public:
    explicit BodyHandler(std::vector<Member>& members) : members_(members) {}

    bool take(const JsonToken& token) override {
        const char* problem = check(token);
        if (problem != nullptr) return refuse(token.index, problem);
        if (levels_.empty()) return take_outermost(token);
        const bool opens =
            token.kind == JsonKind::begin_object || token.kind == JsonKind::begin_array;
        const bool closes = token.kind == JsonKind::end_object || token.kind == JsonKind::end_array;
        const std::size_t depth = levels_.size();
        if (closes) levels_.pop_back();
        if (opens) levels_.push_back(0);
        if (is_object_ && depth == 1 && closes) return true;
        if (is_object_ && depth == 1 && !value_.is_open()) return take_member(token);
        if (!value_.take(token)) return refuse(token.index, kTwice);
        return value_.is_open() || finish_value();
    }

    bool is_object() const noexcept { return is_object_; }

  private:
    static constexpr const char* kTwice = "a name that its object has already";

    const char* check(const JsonToken& token) {
        switch (token.kind) {
            case JsonKind::name:
                if (++levels_.back() > kMaxBodyMembers) return "an object of more than 64 members";
                [[fallthrough]];
            case JsonKind::string:
                return token.text.size() > kMaxBodyStringBytes ? "a text of more than 4 KiB"
                                                               : nullptr;
            case JsonKind::number:
                return is_finite(token.text) ? nullptr : "a number that is too large or too small";
            case JsonKind::begin_object:
            case JsonKind::begin_array:
                return levels_.size() == kMaxBodyDepth ? "nested too deep" : nullptr;
            default: return nullptr;
        }
    }

    bool take_outermost(const JsonToken& token) {
        is_object_ = token.kind == JsonKind::begin_object;
        if (is_object_ || token.kind == JsonKind::begin_array) levels_.push_back(0);
        if (!is_object_) value_.take(token);
        return true;
    }

    // A name, or the first token of a value.
    bool take_member(const JsonToken& token) {
        switch (token.kind) {
            case JsonKind::name: {
                const bool twice =
                    std::any_of(members_.begin(), members_.end(),
                                [&](const Member& member) { return member.name == token.text; });
                if (twice) return refuse(token.index, kTwice);
                members_.emplace_back().name = token.text;
                return true;
            }
            case JsonKind::string: return keep(Kind::string, token.text);
            case JsonKind::number: return keep(Kind::number, token.text);
            case JsonKind::literal:
                return keep(token.text == "null" ? Kind::null : Kind::boolean, token.text);
            default: break;
        }
        members_.back().kind = token.kind == JsonKind::begin_object ? Kind::object : Kind::array;
        return value_.take(token);
    }

    bool keep(Kind kind, std::string_view text) {
        members_.back().kind = kind;
        members_.back().text = Secret(text);
        return true;
    }

    bool finish_value() {
        std::string text = value_.take_text();
        if (is_object_) members_.back().text = Secret(text);
        wipe(text.data(), text.size());
        return true;
    }

    std::vector<Member>& members_;
    bool is_object_ = false;
    /// For each open bracket the number of members.
    std::vector<std::size_t> levels_;
    RawJson value_;
};

// An array of strings; everything else is refused.
class StringsHandler final : public JsonHandler {
  public:
    bool take(const JsonToken& token) override {
        if (token.kind == JsonKind::string) {
            strings.emplace_back(token.text);
            return true;
        }
        const bool outermost = token.index == 0 || token.kind == JsonKind::end_array;
        return outermost || refuse(token.index, "");
    }

    std::vector<std::string> strings;
};

std::string_view name_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::string: return "must be a string";
        case Kind::number: return "must be a whole number that is not negative";
        case Kind::boolean: return "must be true or false";
        case Kind::array: return "must be a list of strings";
        case Kind::object: return "must be an object";
        case Kind::null: break;
    }
    return "must be null";
}

FieldError wrong_type(std::string pointer, Kind wanted) {
    return {std::move(pointer), "wrong_type", std::string(name_of(wanted))};
}

}  // namespace

std::string json_pointer(std::string_view name) {
    std::string pointer = "/";
    for (const char c : name) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
    return pointer;
}

std::optional<Problem> JsonBody::read(std::string_view text) {
    members_.clear();
    errors_.clear();
    BodyHandler handler(members_);
    if (const auto wrong = parse_json(text, handler))
        return Problem(ProblemCode::malformed_json, to_string(*wrong));
    is_object_ = handler.is_object();
    return std::nullopt;
}

std::optional<std::string> JsonBody::string(std::string_view name, Need need) {
    const Member* const member = find(name, Kind::string, need);
    if (member == nullptr) return std::nullopt;
    return std::string(member->text.reveal());
}

std::optional<Secret> JsonBody::secret(std::string_view name, Need need) {
    const Member* const member = find(name, Kind::string, need);
    if (member == nullptr) return std::nullopt;
    return member->text;
}

std::optional<bool> JsonBody::boolean(std::string_view name, Need need) {
    const Member* const member = find(name, Kind::boolean, need);
    if (member == nullptr) return std::nullopt;
    return member->text.reveal() == "true";
}

std::optional<std::uint64_t> JsonBody::number(std::string_view name, Need need) {
    const Member* const member = find(name, Kind::number, need);
    if (member == nullptr) return std::nullopt;
    const auto value = parse_decimal(member->text.reveal());
    if (!value) refuse(wrong_type(json_pointer(name), Kind::number));
    return value;
}

std::optional<std::vector<std::string>> JsonBody::strings(std::string_view name, Need need) {
    const Member* const member = find(name, Kind::array, need);
    if (member == nullptr) return std::nullopt;
    StringsHandler handler;
    if (!parse_json(member->text.reveal(), handler)) return std::move(handler.strings);
    refuse(wrong_type(json_pointer(name) + '/' + std::to_string(handler.strings.size()),
                      Kind::string));
    return std::nullopt;
}

std::optional<std::string> JsonBody::object(std::string_view name, Need need) {
    const Member* const member = find(name, Kind::object, need);
    if (member == nullptr) return std::nullopt;
    return std::string(member->text.reveal());
}

bool JsonBody::is_null(std::string_view name) {
    for (Member& member : members_) {
        if (member.name == name && member.kind == Kind::null) return member.known = true;
    }
    return false;
}

const JsonBody::Member* JsonBody::find(std::string_view name, Kind wanted, Need need) {
    const auto member = std::find_if(members_.begin(), members_.end(),
                                     [name](const Member& m) { return m.name == name; });
    if (member == members_.end()) {
        if (need == Need::required && is_object_)
            refuse({json_pointer(name), "missing", "is needed"});
        return nullptr;
    }
    member->known = true;
    if (member->kind == wanted) return &*member;
    if (member->kind != Kind::null || need == Need::required)
        refuse(wrong_type(json_pointer(name), wanted));
    return nullptr;
}

std::optional<Problem> JsonBody::finish() {
    if (!is_object_) refuse(wrong_type("", Kind::object));
    for (const Member& member : members_) {
        if (!member.known)
            refuse({json_pointer(member.name), "unknown_member", "is not known here"});
    }
    if (errors_.empty()) return std::nullopt;
    return validation_failed(std::exchange(errors_, {}));
}

}  // namespace roster::protocol::http
