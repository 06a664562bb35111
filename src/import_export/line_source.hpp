#pragma once

// The bytes of an import as lines, in bounded memory.
// Knows no format.

#include <roster/error.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roster::import_export {

/// Returns how many bytes were read; 0 at the end. Errors: of the system.
using ByteSource = std::function<result<std::size_t>(std::span<char>)>;

struct SourceLine {
    /// Counts from 1.
    std::size_t number = 0;
    /// Without its line feed; a carriage return before it is still there.
    std::string_view text;
    /// The last line of a file may lack one.
    bool has_line_feed = false;
    /// Longer than `LineSource::kMaxLineBytes`: the text is its beginning, and no line follows.
    bool is_too_long = false;
};

/// A byte order mark of UTF-8 at the beginning is dropped.
class LineSource {
  public:
    static constexpr std::size_t kMaxLineBytes = 1024 * 1024;

    explicit LineSource(ByteSource read);
    ~LineSource();

    LineSource(const LineSource&) = delete;
    LineSource& operator=(const LineSource&) = delete;

    /// nullopt at the end. Errors: of the source.
    /// Lifetime: a line lives until the next call.
    result<std::optional<SourceLine>> next();

    /// The next `next` returns the last line again.
    void put_back() noexcept { is_put_back_ = true; }

    std::uint64_t bytes_read() const noexcept { return bytes_read_; }

  private:
    result<void> fill();
    void drop_byte_order_mark() noexcept;
    SourceLine take_line(std::size_t size, bool has_line_feed);

    ByteSource read_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t bytes_read_ = 0;
    bool is_at_end_ = false;
    bool is_put_back_ = false;
    std::optional<SourceLine> last_;
    std::size_t lines_ = 0;
};

/// A file, or standard input.
class InputFile {
  public:
    /// `path` "-": standard input.
    /// Throws: `StartupError` with `internal`, which names the file.
    explicit InputFile(const std::string& path);
    ~InputFile();

    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    /// Lifetime: not longer than the file.
    ByteSource bytes();

    /// 0 if it is not known, as of a pipe.
    std::uint64_t size_bytes() const noexcept { return size_bytes_; }

    /// For messages.
    const std::string& name() const noexcept { return name_; }

  private:
    std::string name_;
    int descriptor_;
    std::uint64_t size_bytes_ = 0;
};

/// What is wrong with a line that is too long.
inline constexpr std::string_view kTooLong =
    "longer than 1 MiB; is this the right file? Nothing after it was read";

/// What is wrong with a line's bytes in every format, and what to do; nullopt if they are text.
std::optional<std::string> find_bad_bytes(std::string_view line);

/// The text without a carriage return at its end.
std::string_view without_carriage_return(std::string_view line) noexcept;

}  // namespace roster::import_export
