#pragma once

// What every store can keep as a user's metadata, decided in this one place: when it comes from a
// caller, when a person wrote it into a file, and when it is read again.
// Knows no meaning: what stands in the object is the matter of those who put it there.

#include <roster/user.hpp>

#include "core/json/raw_json.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace roster::storage {

/// Of the compact text. As much as a head of a request.
inline constexpr std::size_t kMaxMetadataBytes = 16 * 1024;
/// Brackets within one another, the object's own included.
inline constexpr std::size_t kMaxMetadataDepth = 32;

/// What a user without metadata has.
inline constexpr std::string_view kNoMetadata = "{}";

struct MetadataProblem {
    /// In the text that was read; nothing where it is the object as a whole.
    std::optional<std::size_t> offset;
    /// For people: "\"a\" stands twice in one object".
    std::string text;
};

/// "metadata, byte 7: …"; without a place where the whole is wrong.
std::string described(const MetadataProblem& problem);

/// Gives the same object as compact text: without spaces and needless escapes, members in their
/// order, numbers with their digits.
std::variant<std::string, MetadataProblem> compact_metadata(std::string_view json);

/// The same for an object whose tokens went by. Nothing where it can be kept.
std::optional<std::string> why_not_metadata(const RawJson& object);

}  // namespace roster::storage
