#include "protocol/http/chunked_body.hpp"

#include "protocol/http/request_head.hpp"
#include "protocol/syntax.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace roster::protocol::http {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
constexpr std::size_t kMaxSizeDigits = 16;
/// Of one chunk, and of all chunks together.
constexpr std::size_t kMaxExtensionBytes = 1024;
constexpr std::size_t kMaxExtensionsBytes = 16 * 1024;

std::string_view without_blanks(std::string_view text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return text;
}

// Cuts a token off; false if the text begins with another character.
bool cut_token(std::string_view& text) noexcept {
    const auto end = std::find_if_not(text.begin(), text.end(), is_token_character);
    const auto size = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(size);
    return size > 0;
}

bool cut_quoted(std::string_view& text) noexcept {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return true;
        }
    }
    return false;
}

// *( BWS ";" BWS name [ BWS "=" BWS value ] )
bool are_extensions(std::string_view text) noexcept {
    if (!is_field_value(text)) return false;
    while (!text.empty()) {
        text = without_blanks(text);
        if (!text.starts_with(';')) return false;
        text = without_blanks(text.substr(1));
        if (!cut_token(text)) return false;
        const std::string_view value = without_blanks(text);
        if (!value.starts_with('=')) continue;
        text = without_blanks(value.substr(1));
        if (!(text.starts_with('"') ? cut_quoted(text) : cut_token(text))) return false;
    }
    return true;
}

}  // namespace

ChunkedBody::Progress ChunkedBody::decode(std::span<char> bytes) {
    Progress progress;
    while (progress.outcome == Outcome::more && progress.consumed < bytes.size()) {
        const std::span<char> rest = bytes.subspan(progress.consumed);
        if (stage_ == Stage::content) {
            const std::size_t here = std::min(missing_bytes_, rest.size());
            std::copy_n(rest.begin(), here,
                        bytes.begin() + static_cast<std::ptrdiff_t>(progress.produced));
            progress.produced += here;
            progress.consumed += here;
            missing_bytes_ -= here;
            if (missing_bytes_ == 0) stage_ = Stage::content_end;
            continue;
        }
        const std::size_t before = progress.consumed;
        progress.outcome = step({rest.data(), rest.size()}, progress.consumed);
        if (progress.consumed == before) break;
    }
    return progress;
}

ChunkedBody::Outcome ChunkedBody::step(std::string_view bytes, std::size_t& consumed) {
    const std::size_t line_end = bytes.find('\n');
    const std::size_t size = line_end == bytes.npos ? bytes.size() : line_end + 1;
    if (size > longest_line())
        return stage_ == Stage::trailers ? Outcome::trailers_too_large : Outcome::malformed;
    if (line_end == bytes.npos) return may_become_line(bytes) ? Outcome::more : Outcome::malformed;
    if (line_end == 0 || bytes[line_end - 1] != '\r') return Outcome::malformed;
    consumed += size;
    const std::string_view line = bytes.substr(0, line_end - 1);
    switch (stage_) {
        case Stage::size: return read_size(line);
        case Stage::trailers: return read_trailer(line);
        default: break;
    }
    stage_ = Stage::size;
    return line.empty() ? Outcome::more : Outcome::malformed;
}

// A sender that ends its lines in another way would wait for an answer in vain.
bool ChunkedBody::may_become_line(std::string_view bytes) const noexcept {
    if (stage_ == Stage::content_end) return bytes == "\r";
    if (stage_ == Stage::size && kHexDigits.find(bytes.front()) == kHexDigits.npos) return false;
    return bytes.find('\r') >= bytes.size() - 1;
}

// With its line end.
std::size_t ChunkedBody::longest_line() const noexcept {
    switch (stage_) {
        case Stage::size: return kMaxSizeDigits + kMaxExtensionBytes + 2;
        case Stage::trailers: return limits_.head_bytes - trailer_bytes_;
        default: return 2;
    }
}

ChunkedBody::Outcome ChunkedBody::read_size(std::string_view line) {
    std::uint64_t size = 0;
    const auto parsed = std::from_chars(line.data(), line.data() + line.size(), size, 16);
    const auto digits = static_cast<std::size_t>(parsed.ptr - line.data());
    const std::string_view extensions = line.substr(digits);
    // What leads may be zeros.
    extension_bytes_ += extensions.size() + std::max(digits, kMaxSizeDigits) - kMaxSizeDigits;
    if (digits == 0 || parsed.ec != std::errc() || extension_bytes_ > kMaxExtensionsBytes ||
        !are_extensions(extensions))
        return Outcome::malformed;
    if (size > limits_.body_bytes - body_bytes_) return Outcome::too_large;
    body_bytes_ += static_cast<std::size_t>(size);
    missing_bytes_ = static_cast<std::size_t>(size);
    stage_ = size == 0 ? Stage::trailers : Stage::content;
    return Outcome::more;
}

ChunkedBody::Outcome ChunkedBody::read_trailer(std::string_view line) {
    trailer_bytes_ += line.size() + 2;
    if (line.empty()) {
        stage_ = Stage::whole;
        return Outcome::whole;
    }
    if (++trailers_ > limits_.headers) return Outcome::trailers_too_large;
    return parse_field_line(line) ? Outcome::more : Outcome::malformed;
}

void ChunkedBody::clear() noexcept {
    stage_ = Stage::size;
    missing_bytes_ = body_bytes_ = extension_bytes_ = trailer_bytes_ = trailers_ = 0;
}

}  // namespace roster::protocol::http
