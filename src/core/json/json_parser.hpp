#pragma once

// JSON text -> its tokens, in order, by Boost.JSON.
// Knows no meaning: a handler takes the tokens, and says what is wrong with one.

#include "core/diagnostic.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roster {

/// Brackets within one another: those of metadata, and of the user and the file around it.
inline constexpr std::size_t kMaxJsonDepth = 35;

enum class JsonKind : std::uint8_t {
    name,
    string,
    number,
    /// true, false or null.
    literal,
    begin_object,
    end_object,
    begin_array,
    end_array,
};

/// Lifetime: the text is valid until the handler returns.
struct JsonToken {
    JsonKind kind = JsonKind::literal;
    /// Without quotes and escapes; numbers and literals as they were written.
    std::string_view text;
    /// Names, values and brackets count, from 0.
    std::size_t index = 0;
};

/// A decimal number without a sign or leading zeros.
std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept;

class JsonHandler {
  public:
    virtual ~JsonHandler() = default;

    /// False ends the parsing; `refuse` was called then.
    virtual bool take(const JsonToken& token) = 0;

    struct Problem {
        std::size_t token = 0;
        std::string text;
    };
    const std::optional<Problem>& problem() const noexcept { return problem_; }

  protected:
    /// Returns false.
    bool refuse(std::size_t token, std::string text) {
        problem_ = Problem{token, std::move(text)};
        return false;
    }
    bool refuse(const Problem& problem) { return refuse(problem.token, problem.text); }
    void clear_problem() noexcept { problem_.reset(); }

  private:
    std::optional<Problem> problem_;
};

/// The text must be one JSON value in UTF-8 and nothing else: no comments, no trailing commas, no
/// byte order mark. Returns what is wrong, with line and column; nullopt if all was taken.
std::optional<Diagnostic> parse_json(std::string_view text, JsonHandler& handler);

struct FirstValue {
    std::optional<Diagnostic> problem;
    /// Where the problem is, or the byte after the value.
    std::size_t end = 0;
};

/// The same for a text that begins with a value, whatever follows it. The location of a problem is
/// an offset.
FirstValue parse_first_value(std::string_view text, JsonHandler& handler);

/// The byte after a string, whose first quote is at `quote`.
std::size_t end_of_string(std::string_view json, std::size_t quote) noexcept;

/// Line and column of a byte.
Location locate(std::string_view text, std::size_t offset);

/// Where the token with this index begins. Requires: the text is well-formed up to there.
std::size_t offset_of_token(std::string_view text, std::size_t index) noexcept;

}  // namespace roster
