#include "core/json/raw_json.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace roster {
namespace {

// Of the bytes of a string: those that need no escape.
constexpr std::array<bool, 256> kIsPlain = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0x20; c < table.size(); ++c)
        table[c] = c != '"' && c != '\\' && c != 0x7F;
    return table;
}();

// At the beginning of the text.
std::size_t plain_bytes(std::string_view text) noexcept {
    const auto escaped = std::find_if_not(
        text.begin(), text.end(), [](char c) { return kIsPlain[static_cast<unsigned char>(c)]; });
    return static_cast<std::size_t>(escaped - text.begin());
}

void append_escaped(char c, std::string& out) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: append_json_escape(static_cast<unsigned char>(c), out);
    }
}

void append_line(std::size_t tabs, std::string& out) {
    out += '\n';
    out.append(tabs, '\t');
}

class MetadataHandler final : public JsonHandler {
  public:
    bool take(const JsonToken& token) override {
        if (!object.is_open() && token.kind != JsonKind::begin_object)
            return refuse(token.index, "metadata is a JSON object, like {\"team\":\"red\"}");
        if (object.take(token)) return true;
        return refuse(token.index,
                      "\"" + printable(token.text) + "\" is there twice in one object");
    }

    RawJson object;
};

}  // namespace

bool needs_no_escapes(std::string_view text) noexcept {
    return plain_bytes(text) == text.size();
}

void append_json_string(std::string_view text, std::string& out) {
    out += '"';
    while (!text.empty()) {
        const std::size_t plain = plain_bytes(text);
        out.append(text.data(), plain);
        if (plain == text.size()) break;
        append_escaped(text[plain], out);
        text.remove_prefix(plain + 1);
    }
    out += '"';
}

void append_json_member(std::string_view name, std::string_view json, std::string& out) {
    if (out.back() != '{') out += ',';
    out.append("\"").append(name).append("\":").append(json);
}

void append_text_member(std::string_view name, std::string_view text, std::string& out) {
    append_json_member(name, {}, out);
    append_json_string(text, out);
}

void append_indented(std::string_view json, std::size_t tabs, std::string& out) {
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        const bool opens = c == '{' || c == '[';
        if (c == '"') {
            const std::size_t end = end_of_string(json, i);
            out += json.substr(i, end - i);
            i = end - 1;
        } else if (opens && (json[i + 1] == '}' || json[i + 1] == ']')) {
            out += json.substr(i++, 2);
        } else if (opens) {
            out += c;
            append_line(++tabs, out);
        } else if (c == '}' || c == ']') {
            append_line(--tabs, out);
            out += c;
        } else {
            out += c;
            if (c == ':') out += ' ';
            if (c == ',') append_line(tabs, out);
        }
    }
}

void RawJson::begin_member(std::string_view name) {
    if (!text_.empty()) text_ += ',';
    append_json_string(name, text_);
    text_ += ':';
    open_ = true;
}

bool RawJson::take(const JsonToken& token) {
    switch (token.kind) {
        case JsonKind::name: return take_name(token.text);
        case JsonKind::begin_object:
        case JsonKind::begin_array:
            separate();
            levels_.emplace_back().is_object = token.kind == JsonKind::begin_object;
            depth_ = std::max(depth_, levels_.size());
            break;
        case JsonKind::end_object:
        case JsonKind::end_array: levels_.pop_back(); break;
        case JsonKind::string:
        case JsonKind::number:
        case JsonKind::literal: separate(); break;
    }
    if (token.kind == JsonKind::string)
        append_json_string(token.text, text_);
    else
        text_ += token.text;
    open_ = !levels_.empty();
    return true;
}

bool RawJson::take_name(std::string_view name) {
    Level& level = levels_.back();
    if (!level.names.emplace(name).second) return false;
    if (!level.is_empty) text_ += ',';
    level.is_empty = false;
    append_json_string(name, text_);
    text_ += ':';
    return true;
}

// A comma before an element that is not the first one.
void RawJson::separate() {
    if (levels_.empty() || levels_.back().is_object) return;
    if (!levels_.back().is_empty) text_ += ',';
    levels_.back().is_empty = false;
}

std::string RawJson::take_text() {
    depth_ = 0;
    return std::exchange(text_, {});
}

std::variant<std::string, Diagnostic> compact_metadata(std::string_view json) {
    if (json == kNoMetadata) return std::string(kNoMetadata);
    MetadataHandler handler;
    if (auto problem = parse_json(json, handler)) return std::move(*problem);
    if (auto why_not = why_not_metadata(handler.object)) return Diagnostic(std::move(*why_not));
    return handler.object.take_text();
}

std::optional<std::string> why_not_metadata(const RawJson& object) {
    if (object.size_bytes() > kMaxMetadataBytes) return "metadata takes more than 16 KiB";
    if (object.depth() > kMaxMetadataDepth) return "metadata is nested more than 32 deep";
    return std::nullopt;
}

}  // namespace roster
