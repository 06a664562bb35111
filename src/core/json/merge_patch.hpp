#pragma once

// Merge patches of JSON objects. Source: RFC 7396.

#include <string>
#include <string_view>

namespace roster {

/// The object after the patch, compact: members of `patch` are set, those that are null are
/// removed, objects are merged. Numbers keep their digits. Requires: both are JSON objects without
/// a name twice, of at most `kMaxJsonDepth` levels.
std::string merge_patch(std::string_view object, std::string_view patch);

}  // namespace roster
