#include "server/forward_auth/requirement.hpp"

#include "core/time.hpp"
#include "core/user_profile.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace roster::server {
namespace {

using Parameter = protocol::http::Target::Parameter;

constexpr std::array<std::string_view, 4> kNames{"group", "role", "max_age", "redirect"};

bool read_groups(std::string_view list, std::vector<std::string_view>& groups) {
    for (;;) {
        const std::size_t comma = std::min(list.find(','), list.size());
        groups.push_back(list.substr(0, comma));
        if (!is_group_name(groups.back())) return false;
        if (comma == list.size()) return true;
        list.remove_prefix(comma + 1);
    }
}

std::optional<ProxyFault> read_parameter(const Parameter& parameter, Requirement& into) {
    if (parameter.name == "group") {
        if (!read_groups(parameter.value, into.groups)) return ProxyFault::bad_group;
    } else if (parameter.name == "role") {
        if (parameter.value != "admin") return ProxyFault::bad_role;
        into.needs_admin = true;
    } else if (parameter.name == "max_age") {
        const auto age = parse_duration(parameter.value);
        if (!age || *age < std::chrono::seconds(1)) return ProxyFault::bad_max_age;
        into.max_age = std::chrono::floor<std::chrono::seconds>(*age);
    } else {
        into.redirects = parameter.value != "never";
        if (into.redirects && parameter.value != "auto") return ProxyFault::bad_redirect;
    }
    return std::nullopt;
}

}  // namespace

bool Requirement::allows(const User& user) const {
    const auto& has = user.profile.groups;
    const bool in_group =
        groups.empty() || std::any_of(groups.begin(), groups.end(), [&has](std::string_view group) {
            return std::find(has.begin(), has.end(), group) != has.end();
        });
    return in_group && (!needs_admin || user.role == Role::admin);
}

std::optional<ProxyFault> read_requirement(const std::vector<Parameter>& parameters,
                                           Requirement& into) {
    std::array<bool, kNames.size()> seen{};
    for (const Parameter& parameter : parameters) {
        const auto* const name = std::find(kNames.begin(), kNames.end(), parameter.name);
        if (name == kNames.end()) return ProxyFault::unknown_parameter;
        bool& is_there = seen.at(static_cast<std::size_t>(name - kNames.begin()));
        if (is_there) return ProxyFault::repeated_parameter;
        is_there = true;
        if (const auto fault = read_parameter(parameter, into)) return fault;
    }
    return std::nullopt;
}

}  // namespace roster::server
