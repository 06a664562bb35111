#include "core/host_port.hpp"

#include <charconv>

namespace roster {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return port;
}

}  // namespace

std::optional<HostPort> parse_host_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_port(text.substr(colon + 1));
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const bool has_colon = host.find(':') != std::string_view::npos;
    if (!port || host.empty() || has_colon != bracketed) return std::nullopt;
    return HostPort{std::string(host), *port};
}

std::string to_string(const HostPort& host_port) {
    const bool bracketed = host_port.host.find(':') != std::string::npos;
    const std::string host = bracketed ? '[' + host_port.host + ']' : host_port.host;
    return host + ':' + std::to_string(host_port.port);
}

}  // namespace roster
