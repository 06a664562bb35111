#include "core/json/raw_json.hpp"

#include <algorithm>
#include <utility>

namespace roster {
namespace {

void append_escaped(char c, std::string& out) {
    constexpr std::string_view kHex = "0123456789abcdef";
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default:
            out += "\\u00";
            out += kHex[static_cast<unsigned char>(c) >> 4];
            out += kHex[static_cast<unsigned char>(c) & 15];
    }
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
    out += '"';
    std::size_t plain_begin = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F) continue;
        out.append(text, plain_begin, i - plain_begin);
        append_escaped(text[i], out);
        plain_begin = i + 1;
    }
    out.append(text, plain_begin);
    out += '"';
}

void RawJson::begin_member(std::string_view name) {
    if (!text_.empty()) text_ += ',';
    append_json_string(name, text_);
    text_ += ':';
    open_ = true;
}

bool RawJson::name(std::string_view name) {
    Level& level = levels_.back();
    if (!level.names.emplace(name).second) return false;
    if (!level.is_empty) text_ += ',';
    level.is_empty = false;
    append_json_string(name, text_);
    text_ += ':';
    return true;
}

void RawJson::begin_value() {
    if (levels_.empty() || levels_.back().is_object) return;
    if (!levels_.back().is_empty) text_ += ',';
    levels_.back().is_empty = false;
}

void RawJson::string(std::string_view text) {
    begin_value();
    append_json_string(text, text_);
    end_value();
}

void RawJson::literal(std::string_view text) {
    begin_value();
    text_ += text;
    end_value();
}

void RawJson::begin(char bracket) {
    begin_value();
    text_ += bracket;
    levels_.emplace_back();
    levels_.back().is_object = bracket == '{';
    depth_ = std::max(depth_, levels_.size());
    open_ = true;
}

void RawJson::end() {
    text_ += levels_.back().is_object ? '}' : ']';
    levels_.pop_back();
    end_value();
}

std::string RawJson::take() {
    depth_ = 0;
    return std::exchange(text_, {});
}

}  // namespace roster
