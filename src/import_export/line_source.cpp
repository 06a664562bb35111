#include "import_export/line_source.hpp"

#include <roster/secret.hpp>

#include "core/files/file_system.hpp"
#include "core/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace roster::import_export {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// As much as is read at once, at least.
constexpr std::size_t kChunkBytes = 64 * 1024;

bool is_utf_16(std::string_view text) noexcept {
    return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
}

result<std::size_t> read_some(int descriptor, std::span<char> into) {
    for (;;) {
        const auto got = ::read(descriptor, into.data(), into.size());
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return last_error();
    }
}

}  // namespace

LineSource::LineSource(ByteSource read)
    : read_(std::move(read)), buffer_(kMaxLineBytes + kChunkBytes) {}

LineSource::~LineSource() {
    wipe(buffer_.data(), buffer_.size());
}

result<std::optional<SourceLine>> LineSource::next() {
    if (std::exchange(is_put_back_, false)) return last_;
    if (last_ && last_->is_too_long) return std::optional<SourceLine>{};
    std::size_t searched = 0;
    for (;;) {
        const std::string_view text(buffer_.data() + begin_, end_ - begin_);
        const std::size_t line_feed = text.find('\n', searched);
        const std::size_t size = std::min(line_feed, text.size());
        if (size > kMaxLineBytes || line_feed != std::string_view::npos || is_at_end_) {
            if (text.empty()) return std::optional<SourceLine>{};
            last_ = take_line(size, line_feed != std::string_view::npos);
            return last_;
        }
        searched = text.size();
        const auto filled = fill();
        if (!filled) return filled.error();
    }
}

SourceLine LineSource::take_line(std::size_t size, bool has_line_feed) {
    SourceLine line;
    line.number = ++lines_;
    line.is_too_long = size > kMaxLineBytes;
    line.text = std::string_view(buffer_.data() + begin_, std::min(size, kMaxLineBytes));
    line.has_line_feed = has_line_feed && !line.is_too_long;
    begin_ += size + (has_line_feed ? 1 : 0);
    return line;
}

result<void> LineSource::fill() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    const std::span<char> free(buffer_.data() + end_, buffer_.size() - end_);
    const auto got = read_(free);
    if (!got) return got.error();
    const bool is_beginning = bytes_read_ < kByteOrderMark.size();
    end_ += *got;
    bytes_read_ += *got;
    is_at_end_ = *got == 0;
    if (is_beginning && lines_ == 0) drop_byte_order_mark();
    return {};
}

// A pipe may bring it in pieces; then it is still at the beginning of the buffer.
void LineSource::drop_byte_order_mark() noexcept {
    if (std::string_view(buffer_.data(), end_).starts_with(kByteOrderMark))
        begin_ = kByteOrderMark.size();
}

InputFile::InputFile(const std::string& path)
    : name_(path == "-" ? "standard input" : path),
      descriptor_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0)
        throw StartupError(Errc::internal, name_ + " cannot be opened: " + last_error().message());
    struct stat status {};
    if (::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode))
        size_bytes_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() {
    if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

ByteSource InputFile::bytes() {
    return [descriptor = descriptor_](std::span<char> into) { return read_some(descriptor, into); };
}

std::optional<std::string> find_bad_bytes(std::string_view line) {
    if (is_utf_16(line)) return "this is UTF-16; save the file as UTF-8";
    const std::size_t nul = line.find('\0');
    if (nul != std::string_view::npos)
        return "byte " + std::to_string(nul + 1) + " is a NUL; this is not a text file, or damaged";
    if (!count_code_points(line)) return "this is not UTF-8; save the file as UTF-8";
    return std::nullopt;
}

std::string_view without_carriage_return(std::string_view line) noexcept {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace roster::import_export
