#pragma once

// JSON that roster does not interpret, kept as compact text while its tokens are read: unknown
// members of a users file, and metadata. Numbers keep their digits.

#include "core/json/json_parser.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace roster {

/// Whether the text is a JSON string as it is, but for the quotes.
bool needs_no_escapes(std::string_view text) noexcept;

/// Appends a JSON string, quotes included.
void append_json_string(std::string_view text, std::string& out);

/// Appends a member to an object that was begun; the name needs no escapes. The value is JSON
/// already, or a text.
void append_json_member(std::string_view name, std::string_view json, std::string& out);
void append_text_member(std::string_view name, std::string_view text, std::string& out);

/// Appends a value, or members, of compact JSON, one on each line, indented by `tabs`.
void append_indented(std::string_view json, std::size_t tabs, std::string& out);

class RawJson {
  public:
    /// Begins a member of an outer object that is not kept itself.
    void begin_member(std::string_view name);

    /// Returns false if the object has this name already.
    bool take(const JsonToken& token);

    /// Whether a value is expected, or not finished.
    bool is_open() const noexcept { return open_; }
    std::size_t size_bytes() const noexcept { return text_.size(); }
    /// Levels of brackets.
    std::size_t depth() const noexcept { return depth_; }

    /// Returns `"name":value,…`, or the value if no member was begun, and starts again.
    std::string take_text();

  private:
    struct Level {
        bool is_object = false;
        bool is_empty = true;
        boost::unordered_flat_set<std::string> names;
    };

    bool take_name(std::string_view name);
    void separate();

    std::string text_;
    std::vector<Level> levels_;
    std::size_t depth_ = 0;
    bool open_ = false;
};

/// Of the compact text. As much as the head of a request.
inline constexpr std::size_t kMaxMetadataBytes = 16 * 1024;
/// Levels of brackets, the object's own included.
inline constexpr std::size_t kMaxMetadataDepth = 32;
/// What a user without metadata has.
inline constexpr std::string_view kNoMetadata = "{}";

/// What every store can keep as metadata is decided here, wherever it comes from. Returns the
/// object as compact text (no spaces, no needless escapes, members in their order, numbers with
/// their digits), or what is wrong with it.
std::variant<std::string, Diagnostic> compact_metadata(std::string_view json);

/// The size and depth of an object whose tokens were taken; nullopt if it can be kept.
std::optional<std::string> why_not_metadata(const RawJson& object);

}  // namespace roster
