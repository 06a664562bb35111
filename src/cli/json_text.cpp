#include "cli/json_text.hpp"

namespace roster::cli {
namespace {

constexpr char kDelete = '\x7F';
// The first byte of U+0080–U+00BF in UTF-8.
constexpr char kLatinLead = '\xC2';

bool is_c1(std::string_view text) {
    if (text.size() < 2 || text[0] != kLatinLead) return false;
    const auto second = static_cast<unsigned char>(text[1]);
    return second >= 0x80 && second < 0xA0;
}

std::string escape_of(char last_byte) {
    constexpr std::string_view kHex = "0123456789abcdef";
    const auto value = static_cast<unsigned char>(last_byte);
    return {'\\', 'u', '0', '0', kHex[value >> 4], kHex[value & 15]};
}

}  // namespace

void append_member(std::string& object, std::string_view name, std::string_view value) {
    object.pop_back();
    object += ",\"";
    object += name;
    object += "\":";
    object += value;
    object += '}';
}

std::string without_controls(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    while (!json.empty()) {
        const bool two_bytes = is_c1(json);
        if (two_bytes || json.front() == kDelete)
            out += escape_of(json[two_bytes ? 1 : 0]);
        else
            out += json.front();
        json.remove_prefix(two_bytes ? 2 : 1);
    }
    return out;
}

}  // namespace roster::cli
