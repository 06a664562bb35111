#include "protocol/escape.hpp"

namespace roster::protocol {

void append_escaped(std::string_view text, bool (*is_kept)(char), std::string& out) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_kept(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 0x0FU];
    }
}

}  // namespace roster::protocol
