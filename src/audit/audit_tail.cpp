#include "audit/audit_tail.hpp"

#include "audit/audit_chain.hpp"

#include <algorithm>
#include <span>

namespace roster::audit {
namespace {

// More than is ever appended between two syncs on a quiet machine, and many lines.
constexpr std::size_t kWindowBytes = std::size_t{512} * 1024;
constexpr std::string_view kLineBegin = "{\"time\":\"";

[[noreturn]] void cannot_read(const std::string& path, const boost::system::error_code& error) {
    throw StartupError(Errc::store_unavailable, path + ": cannot be read: " + error.message());
}

[[noreturn]] void refuse(const std::string& path, std::uint64_t line) {
    throw StartupError(Errc::store_damaged,
                       path + ":" + std::to_string(line) +
                           ": is no line of an audit log, and what does not end with one cannot "
                           "be continued. Nothing was changed; move the file away, or name another "
                           "one with --audit.");
}

std::string read_part(File& file, const std::string& path, std::uint64_t from,
                      std::uint64_t size_bytes) {
    std::string text(static_cast<std::size_t>(size_bytes), '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto got = file.read_at(from + size, std::span(text).subspan(size));
        if (!got) cannot_read(path, got.error());
        if (*got == 0) break;
        size += *got;
    }
    text.resize(size);
    return text;
}

// The number of the line that begins at an offset.
std::uint64_t line_at(File& file, const std::string& path, std::uint64_t offset) {
    std::uint64_t line = 1;
    for (std::uint64_t at = 0; at < offset; at += kWindowBytes) {
        const std::string text =
            read_part(file, path, at, std::min<std::uint64_t>(kWindowBytes, offset - at));
        line += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    }
    return line;
}

// Where nothing else is there it was not necessarily a log that was torn: somebody may have named a
// file that is something else.
bool could_be_torn_line(std::string_view text) {
    const auto is_of_log = [](char c) {
        return c == '\0' || c == '\n' || static_cast<unsigned char>(c) >= ' ';
    };
    const std::string_view begin = text.substr(0, text.find('\0')).substr(0, kLineBegin.size());
    return kLineBegin.starts_with(begin) && std::all_of(text.begin(), text.end(), is_of_log);
}

// The last whole line of a text, and where it begins. A power cut may leave NULs in place of what
// was not on the disk yet: such a line is torn although its newline is there.
struct LastLine {
    std::size_t begin = 0;
    std::string_view text;
};
std::optional<LastLine> last_line_of(std::string_view window) {
    auto end = window.rfind('\n');
    while (end != std::string_view::npos) {
        const auto before = end == 0 ? std::string_view::npos : window.rfind('\n', end - 1);
        const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
        const std::string_view line = window.substr(begin, end - begin);
        if (line.find('\0') == std::string_view::npos) return LastLine{begin, line};
        end = before;
    }
    return std::nullopt;
}

}  // namespace

AuditTail read_audit_tail(File& file, const std::string& path) {
    const auto info = file.info();
    if (!info) cannot_read(path, info.error());
    const std::uint64_t size = info->size_bytes;
    const std::uint64_t window_at = size - std::min<std::uint64_t>(size, kWindowBytes);
    const std::string window = read_part(file, path, window_at, size - window_at);
    const auto last = last_line_of(window);
    AuditTail tail;
    if (!last) {
        if (window_at > 0 || !could_be_torn_line(window)) refuse(path, line_at(file, path, size));
        tail.torn_bytes = size;
        return tail;
    }
    const auto parsed = parse_audit_line(last->text);
    if (!parsed) refuse(path, line_at(file, path, window_at + last->begin));
    tail.last = AuditTail::Last{parsed->seq, digest_of_line(last->text)};
    tail.good_bytes = window_at + last->begin + last->text.size() + 1;
    tail.torn_bytes = size - tail.good_bytes;
    return tail;
}

std::uint64_t first_seq_of(File& file, const std::string& path) {
    const std::string begin = read_part(file, path, 0, kMaxAuditLineBytes + 1);
    const auto parsed = parse_audit_line(std::string_view(begin).substr(0, begin.find('\n')));
    if (!parsed) refuse(path, 1);
    return parsed->seq;
}

}  // namespace roster::audit
