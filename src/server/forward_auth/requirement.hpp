#pragma once

// What the proxy's configuration demands of a user, from the query of its URL. What it does not
// know is refused: a misspelt ?groups= must not let everybody in. Knows no session.

#include <roster/user.hpp>

#include "protocol/http/target.hpp"
#include "server/forward_auth/proxy_fault.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace roster::server {

/// Lifetime: as long as the parameters that it was read from.
struct Requirement {
    Requirement() = default;

    /// The user must be in one of them; empty: in none.
    std::vector<std::string_view> groups;
    bool needs_admin = false;
    /// Since the log-in.
    std::optional<std::chrono::seconds> max_age;
    /// Whether a browser is sent to the log-in page.
    bool redirects = true;

    bool allows(const User& user) const;
};

/// nullopt: it was read.
std::optional<ProxyFault> read_requirement(
    const std::vector<protocol::http::Target::Parameter>& parameters, Requirement& into);

}  // namespace roster::server
