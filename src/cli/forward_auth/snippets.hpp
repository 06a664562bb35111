#pragma once

// Configurations of reverse proxies that ask roster about every request. The files of snippets/ are
// compiled in; names between @ are filled in here. Knows no proxy's syntax.

#include "core/compiled_file.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace roster::cli {

struct SnippetOptions {
    SnippetOptions() = default;

    /// Of the application, as browsers write it: "app.example.com", with a port if it has one.
    std::string host;
    /// Of roster.
    std::string public_url;
    /// HOST:PORT where the proxy finds the application, and roster.
    std::string upstream = "127.0.0.1:3000";
    std::string server = "127.0.0.1:8080";
    /// Names with commas between them; empty: every user.
    std::string group;
};

/// nginx, caddy, haproxy, haproxy-lua, traefik, envoy.
const std::vector<std::string>& snippet_kinds();

/// A file of snippets/ as it is.
const CompiledFile& compiled_file(std::string_view name) noexcept;

/// Requires: `kind` is one of them.
/// Throws: `UsageError` for a host, an address, a URL or a group that cannot be one; nothing that
/// was given can end the value it is in.
std::string make_snippet(const std::string& kind, const SnippetOptions& options);

}  // namespace roster::cli
