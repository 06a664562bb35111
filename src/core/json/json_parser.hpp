#pragma once

// JSON text -> its tokens, one after the other, by Boost.JSON.
// Knows no book: what the tokens mean is the sink's matter.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roster {

/// Brackets within one another: those of metadata, and of the user and the book around it.
inline constexpr std::size_t kMaxJsonDepth = 35;

/// A number as it was written.
struct JsonNumber {
    /// Set where it is whole and not negative.
    std::optional<std::uint64_t> whole;
    std::string_view text;
};

/// Takes the tokens in order; each call answers whether to go on.
class JsonHandler {
  public:
    virtual ~JsonHandler() = default;

    virtual bool name(std::string_view name) = 0;
    virtual bool string(std::string_view text) = 0;
    virtual bool number(const JsonNumber& number) = 0;
    /// true, false or null, as it is written.
    virtual bool literal(std::string_view text) = 0;
    virtual bool begin_object() = 0;
    virtual bool end_object() = 0;
    virtual bool begin_array() = 0;
    virtual bool end_array() = 0;
};

struct SyntaxProblem {
    std::size_t offset = 0;
    std::string text;
};

struct ParsedTokens {
    /// The sink said no; it knows why.
    bool refused = false;
    std::optional<SyntaxProblem> problem;
    /// Where the parser stopped: behind the value, where all is good.
    std::size_t end = 0;

    bool good() const noexcept { return !refused && !problem; }
};

/// The text must be one JSON value and nothing else: no comments, no trailing commas, no byte
/// order mark, UTF-8.
ParsedTokens parse_tokens(std::string_view json, JsonHandler& sink);

/// The same for a text that begins with a value, whatever follows it.
ParsedTokens parse_first_value(std::string_view json, JsonHandler& sink);

}  // namespace roster
