#pragma once

// The settings of `roster serve`.

#include <roster/server.hpp>

#include "cli/config/shared_settings.hpp"

#include <string>

namespace CLI {
class App;
}

namespace roster::cli {

struct ServeOptions {
    ServerOptions server;
    AuditSettings audit;
    PasswordSettings passwords;
    std::string store = "json:users.json";
    std::string log_level = "info";
    std::string admin_email;
    std::string admin_password_file;
};

/// Lifetime: `options` outlives the parsing of `serve`.
void declare_serve_options(CLI::App& serve, ServeOptions& options);

}  // namespace roster::cli
