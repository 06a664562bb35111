#include "cli/forward_auth/snippets.hpp"

#include "cli/io/exit_code.hpp"
#include "core/address.hpp"
#include "core/text.hpp"
#include "core/user_profile.hpp"
#include "protocol/http/target.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace roster::cli {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kFiles{{
    {"nginx", "nginx.conf"},
    {"caddy", "Caddyfile"},
    {"haproxy", "haproxy.cfg"},
    {"haproxy-lua", "roster.lua"},
    {"traefik", "traefik.yml"},
    {"envoy", "envoy.yml"},
}};

using Values = std::vector<std::pair<std::string_view, std::string>>;

[[noreturn]] void refuse_value(const std::string& option, const std::string& value,
                               const std::string& expected) {
    throw UsageError(option + ": must be " + expected + ", not '" + printable(value) + "'");
}

bool is_host_name(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_ascii_alphanumeric(c) || c == '.' || c == '-' || c == '_';
    });
}

// The host, and the port or nothing.
std::pair<std::string, std::string> split_host(const std::string& host) {
    const std::size_t colon = std::min(host.find(':'), host.size());
    const std::string name = host.substr(0, colon);
    const auto parsed = parse_host_port(host);
    if (!is_host_name(name) || (colon < host.size() && !parsed))
        refuse_value("--host", host, "a name like app.example.com, or with a port");
    return {name, parsed ? std::to_string(parsed->port) : std::string()};
}

HostPort address_of(const std::string& option, const std::string& value) {
    const auto parsed = parse_host_port(value);
    const bool is_address =
        parsed && parsed->host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string::npos;
    if (!parsed || !(is_address || is_host_name(parsed->host)))
        refuse_value(option, value, "HOST:PORT, as in 127.0.0.1:3000");
    return *parsed;
}

bool are_group_names(std::string_view list) {
    const std::size_t comma = list.find(',');
    if (comma == list.npos) return is_group_name(list);
    return is_group_name(list.substr(0, comma)) && are_group_names(list.substr(comma + 1));
}

std::string checked_query(const std::string& group) {
    if (group.empty()) return "redirect=auto";
    if (!are_group_names(group))
        refuse_value("--group", group, "names of [a-z0-9._-] with commas between them");
    return "group=" + group;
}

Values values_of(const SnippetOptions& options) {
    const auto origin = protocol::http::origin_of(options.public_url);
    if (!origin)
        refuse_value("--public-url", options.public_url,
                     "roster's own, as in https://auth.example.com");
    const bool is_secure = origin->starts_with("https:");
    const auto [name, port] = split_host(options.host);
    const std::string public_host = origin->substr(origin->find("//") + 2);
    if (equals_ignoring_case(public_host.substr(0, public_host.find(':')), name))
        refuse_value("--host", options.host,
                     "the application's name, which is another than roster's own");
    const std::string listens = port.empty() ? (is_secure ? "443" : "80") : port;
    const HostPort server = address_of("--server", options.server);
    std::string id = name;
    std::replace_if(
        id.begin(), id.end(), [](char c) { return !is_ascii_alphanumeric(c); }, '_');
    const std::string pem = " ssl crt /etc/haproxy/" + name + ".pem";
    return {
        {"HOST", options.host},
        {"NAME", name},
        {"ID", id},
        {"PUBLIC", *origin},
        {"SITE", (is_secure ? "https://" : "http://") + options.host},
        {"SCHEME", is_secure ? "https" : "http"},
        {"ENTRY", is_secure ? "websecure" : "web"},
        {"LISTEN", listens + (is_secure ? " ssl" : "")},
        {"BIND", ":" + listens + (is_secure ? pem : "")},
        {"TLS", is_secure ? "ssl_certificate /etc/nginx/" + name +
                                ".pem;\n    ssl_certificate_key /etc/nginx/" + name + ".key;"
                          : "# Plain http: passwords and cookies can be read on the way."},
        {"COOKIE", is_secure ? "__Secure-roster-forward" : "roster-forward"},
        {"QUERY", checked_query(options.group)},
        {"UPSTREAM", to_string(address_of("--upstream", options.upstream))},
        {"SERVER", to_string(server)},
        {"SERVER_HOST", server.host},
        {"SERVER_PORT", std::to_string(server.port)},
    };
}

}  // namespace

const std::vector<std::string>& snippet_kinds() {
    static const std::vector<std::string> kKinds = [] {
        std::vector<std::string> kinds;
        for (const auto& [kind, file] : kFiles)
            kinds.emplace_back(kind);
        return kinds;
    }();
    return kKinds;
}

std::string make_snippet(const std::string& kind, const SnippetOptions& options) {
    const auto* const row = std::find_if(kFiles.begin(), kFiles.end(),
                                         [&kind](const auto& file) { return file.first == kind; });
    std::string_view rest = compiled_file(row->second).text;
    const Values values = values_of(options);
    std::string text;
    while (!rest.empty()) {
        const std::size_t at = std::min(rest.find('@'), rest.size());
        text += rest.substr(0, at);
        rest.remove_prefix(at);
        const auto value = std::find_if(values.begin(), values.end(), [rest](const auto& named) {
            return rest.substr(0, named.first.size() + 2) == "@" + std::string(named.first) + "@";
        });
        if (value != values.end()) {
            text += value->second;
            rest.remove_prefix(value->first.size() + 2);
        } else if (!rest.empty()) {
            text += rest.front();
            rest.remove_prefix(1);
        }
    }
    return text;
}

}  // namespace roster::cli
