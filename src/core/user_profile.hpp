#pragma once

// The rules for what a user may have beside the e-mail: which values every store can keep.
// Knows no other user: that usernames are unique is decided by a commit.

#include <roster/store_types.hpp>
#include <roster/user.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster {

inline constexpr std::size_t kMaxGroups = 64;

/// 1 to 64 of `[A-Za-z0-9._-]`, and not digits alone: that is an id on the command line.
bool is_username(std::string_view text) noexcept;
/// 1 to 254 bytes of UTF-8 without control characters.
bool is_display_name(std::string_view text) noexcept;
/// 1 to 64 of `[a-z0-9._-]`.
bool is_group_name(std::string_view text) noexcept;
/// 1 to 35 of `[A-Za-z0-9-]`.
bool is_locale(std::string_view text) noexcept;

/// Groups as one text, separated by spaces: "admins media".
std::string join_groups(const std::vector<std::string>& groups);
/// The same. Requires: nothing in `text`.
void join_groups(const std::vector<std::string>& groups, std::string& text);
/// Of names separated by spaces or commas; sorted, each once. nullopt if one is no group's name, or
/// there are too many.
std::optional<std::vector<std::string>> parse_groups(std::string_view text);
/// Whether a text that was joined has the group.
bool has_group(std::string_view joined, std::string_view group) noexcept;

/// The profile with its groups in order; nullopt if a member breaks its rule.
std::optional<UserProfile> storable_profile(UserProfile profile);

UserProfile changed_profile(UserProfile profile, const ProfileChange& change);
/// What makes `after` of `before`.
ProfileChange difference(const UserProfile& before, const UserProfile& after);

}  // namespace roster
