#include "storage/memory/packed_profile.hpp"

#include "core/json/json_parser.hpp"
#include "core/user_profile.hpp"

#include <algorithm>

namespace roster::storage {
namespace {

constexpr char kEnd = '\n';

std::string_view take_line(std::string_view& rest) {
    const std::size_t size = std::min(rest.find(kEnd), rest.size());
    const std::string_view line = rest.substr(0, size);
    rest.remove_prefix(std::min(size + 1, rest.size()));
    return line;
}

}  // namespace

// The first and the last member can be found without reading the others.
std::string pack(const UserProfile& profile) {
    if (profile == UserProfile()) return {};
    std::string packed;
    packed.append(profile.username) += kEnd;
    packed.append(profile.name) += kEnd;
    packed.append(profile.locale) += kEnd;
    if (profile.email_verified_at)
        packed += std::to_string(profile.email_verified_at->time_since_epoch().count());
    packed += kEnd;
    return packed += join_groups(profile.groups);
}

UserProfile unpack(std::string_view packed) {
    UserProfile profile;
    if (packed.empty()) return profile;
    profile.username = take_line(packed);
    profile.name = take_line(packed);
    profile.locale = take_line(packed);
    if (const auto seconds = parse_decimal(take_line(packed)))
        profile.email_verified_at =
            std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(*seconds)));
    if (auto groups = parse_groups(packed)) profile.groups = std::move(*groups);
    return profile;
}

std::string_view username_of(std::string_view packed) noexcept {
    return packed.substr(0, packed.find(kEnd));
}

std::string_view groups_of(std::string_view packed) noexcept {
    return packed.substr(packed.rfind(kEnd) + 1);
}

}  // namespace roster::storage
