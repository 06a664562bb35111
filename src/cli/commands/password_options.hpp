#pragma once

// What the sub-commands that set or check passwords can be told about them.
// Knows no sub-command.

#include <roster/server.hpp>

#include "passwords/password_hasher.hpp"
#include "passwords/password_policy.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace roster::cli {

struct PasswordOptions {
    std::size_t hash_memory_kib = passwords::HashCost().memory_kib;
    std::size_t hash_passes = passwords::HashCost().passes;
    std::optional<std::size_t> min_password_length;
    std::string password_blocklist;
};

/// `--hash-memory-kib`, `--hash-passes`, `--min-password-length` and `--password-blocklist`.
/// Lifetime: `options` outlives the parsing of `app`.
void declare_password_options(CLI::App& app, PasswordOptions& options);

/// Throws: `UsageError` where memory and passes together cost more than a log-in may.
passwords::HashCost hash_cost(const PasswordOptions& options);

/// Throws: `StartupError` where the list of common passwords cannot be read.
passwords::PasswordPolicies password_policies(const PasswordOptions& options);

/// Throws: as `hash_cost` does.
void hand_over(const PasswordOptions& options, ServerOptions& server);

}  // namespace roster::cli
