#include "core/user_profile.hpp"

#include "core/json/user_json.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <utility>

namespace roster {
namespace {

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::string_view kSeparators = " ,";

bool is_name_character(char c) noexcept {
    return is_ascii_alphanumeric(c) || c == '.' || c == '_' || c == '-';
}

template <class Allowed>
bool is_made_of(std::string_view text, std::size_t most, Allowed allowed) noexcept {
    return !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), allowed);
}

bool sort_groups(std::vector<std::string>& groups) {
    std::sort(groups.begin(), groups.end());
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    return groups.size() <= kMaxGroups && std::all_of(groups.begin(), groups.end(), is_group_name);
}

}  // namespace

bool is_username(std::string_view text) noexcept {
    return is_made_of(text, kMaxNameBytes, is_name_character) &&
           !std::all_of(text.begin(), text.end(), is_digit);
}

bool is_display_name(std::string_view text) noexcept {
    constexpr std::size_t kMaxBytes = 254;
    return !text.empty() && text.size() <= kMaxBytes && is_clean_text(text);
}

bool is_group_name(std::string_view text) noexcept {
    return is_made_of(text, kMaxNameBytes,
                      [](char c) { return is_name_character(c) && c == ascii_lower(c); });
}

bool is_locale(std::string_view text) noexcept {
    constexpr std::size_t kMaxBytes = 35;
    return is_made_of(text, kMaxBytes, [](char c) { return is_ascii_alphanumeric(c) || c == '-'; });
}

std::string join_groups(const std::vector<std::string>& groups) {
    std::string text;
    join_groups(groups, text);
    return text;
}

void join_groups(const std::vector<std::string>& groups, std::string& text) {
    for (const std::string& group : groups)
        text.append(text.empty() ? "" : " ").append(group);
}

std::optional<std::vector<std::string>> parse_groups(std::string_view text) {
    std::vector<std::string> groups;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find_first_of(kSeparators), text.size());
        if (size > 0) groups.emplace_back(text.substr(0, size));
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    if (!sort_groups(groups)) return std::nullopt;
    return groups;
}

bool has_group(std::string_view joined, std::string_view group) noexcept {
    for (auto at = joined.find(group); at != std::string_view::npos;
         at = joined.find(group, at + 1)) {
        const std::size_t end = at + group.size();
        if ((at == 0 || joined[at - 1] == ' ') && (end == joined.size() || joined[end] == ' '))
            return true;
    }
    return false;
}

std::optional<UserProfile> storable_profile(UserProfile profile) {
    const bool is_good =
        (profile.username.empty() || is_username(profile.username)) &&
        (profile.name.empty() || is_display_name(profile.name)) &&
        (profile.locale.empty() || is_locale(profile.locale)) &&
        (!profile.email_verified_at || is_storable_time(*profile.email_verified_at)) &&
        sort_groups(profile.groups);
    if (!is_good) return std::nullopt;
    return profile;
}

UserProfile changed_profile(UserProfile profile, const ProfileChange& change) {
    if (change.username) profile.username = *change.username;
    if (change.name) profile.name = *change.name;
    if (change.groups) profile.groups = *change.groups;
    if (change.email_verified_at) profile.email_verified_at = *change.email_verified_at;
    if (change.locale) profile.locale = *change.locale;
    return profile;
}

ProfileChange difference(const UserProfile& before, const UserProfile& after) {
    ProfileChange change;
    if (before.username != after.username) change.username = after.username;
    if (before.name != after.name) change.name = after.name;
    if (before.groups != after.groups) change.groups = after.groups;
    if (before.email_verified_at != after.email_verified_at)
        change.email_verified_at = after.email_verified_at;
    if (before.locale != after.locale) change.locale = after.locale;
    return change;
}

}  // namespace roster
