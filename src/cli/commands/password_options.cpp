#include "cli/commands/password_options.hpp"

#include "cli/config/options.hpp"
#include "cli/config/settings.hpp"
#include "cli/io/exit_code.hpp"
#include "core/password_format.hpp"

#include <CLI/CLI.hpp>

namespace roster::cli {

void declare_password_options(CLI::App& app, PasswordOptions& options) {
    constexpr std::size_t kMostMemoryKib = 1024 * 1024;
    constexpr std::size_t kLongestMinimum = 1024;
    static_assert(kMostMemoryKib <= kMaxArgon2WorkKib);
    make_setting(add_number(app, "--hash-memory-kib", options.hash_memory_kib, 8, kMostMemoryKib,
                            "Memory for one password hash; 'roster hash calibrate' proposes it"));
    make_setting(add_number(app, "--hash-passes", options.hash_passes, 1, kMaxArgon2Passes,
                            "Passes over that memory"));
    make_setting(
        add_number(app, "--min-password-length", options.min_password_length, 1, kLongestMinimum,
                   "Characters of a new password, wherever it is set; without it 8, and 2 by the "
                   "classic protocol"));
    make_setting(
        add_text(app, "--password-blocklist", options.password_blocklist, "FILE",
                 "Passwords that nobody may choose, one a line, instead of the list that ships"));
}

passwords::HashCost hash_cost(const PasswordOptions& options) {
    passwords::HashCost cost;
    cost.memory_kib = options.hash_memory_kib;
    cost.passes = static_cast<unsigned>(options.hash_passes);
    if (passwords::is_bearable(cost)) return cost;
    throw UsageError("--hash-memory-kib " + std::to_string(options.hash_memory_kib) +
                     " with --hash-passes " + std::to_string(options.hash_passes) +
                     ": memory times passes must be at most " + std::to_string(kMaxArgon2WorkKib) +
                     " KiB, or a log-in would take too long");
}

passwords::PasswordPolicies password_policies(const PasswordOptions& options) {
    return passwords::PasswordPolicies(options.min_password_length, options.password_blocklist);
}

void hand_over(const PasswordOptions& options, ServerOptions& server) {
    const passwords::HashCost cost = hash_cost(options);
    server.hash_memory_kib = cost.memory_kib;
    server.hash_passes = cost.passes;
    server.min_password_length = options.min_password_length;
    server.password_blocklist = options.password_blocklist;
}

}  // namespace roster::cli
