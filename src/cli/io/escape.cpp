#include "cli/io/escape.hpp"

#include "core/text.hpp"

#include <limits>

namespace roster::cli {
namespace {

constexpr char32_t kDelete = 0x7F;

}  // namespace

std::string escape_for_terminal(std::string_view text) {
    // Half of what there is, so that nothing overflows where escapes are longer than bytes.
    return printable(text, std::numeric_limits<std::size_t>::max() / 2);
}

void append_member(std::string& object, std::string_view name, std::string_view value) {
    object.pop_back();
    object += ",\"";
    object += name;
    object += "\":";
    object += value;
    object += '}';
}

std::string escape_bidi(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    while (!json.empty()) {
        std::size_t length = 1;
        while (length < json.size() && (static_cast<unsigned char>(json[length]) & 0xC0U) == 0x80)
            ++length;
        const std::string_view character = json.substr(0, length);
        const char32_t code = code_point_of(character);
        // What is below is JSON syntax, or is escaped already.
        if (code >= kDelete && is_deceptive(code))
            append_json_escape(code, out);
        else
            out += character;
        json.remove_prefix(length);
    }
    return out;
}

}  // namespace roster::cli
