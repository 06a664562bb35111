#pragma once

// The lines of an import, one after the other, in a bounded piece of memory.
// Knows no format.

#include <roster/error.hpp>

#include "cli/import_export/imported_user.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roster::cli {

/// Gives how many bytes were read; 0 at the end. Errors: what the system says.
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

    /// Nothing at the end. Errors: what the source says.
    /// Lifetime: a line lives until the next call.
    result<std::optional<SourceLine>> next();

    /// `next` gives the line once more that it gave last.
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

/// What is said of a line that is too long.
LineProblem too_long(const SourceLine& line);

/// What is wrong with a line's bytes in every format, and what to do; nothing where they are text.
std::optional<std::string> find_bad_bytes(std::string_view line);

/// The text without a carriage return at its end.
std::string_view without_carriage_return(std::string_view line) noexcept;

}  // namespace roster::cli
