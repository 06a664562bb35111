#include "core/address.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace roster {
namespace {

namespace ip = boost::asio::ip;

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

IpNetwork::IpNetwork(const ip::address& address) : first_(address) {
    constexpr std::size_t kPrefixBytes = 8;
    if (address.is_v4()) return;
    const ip::address_v6 v6 = address.to_v6();
    if (v6.is_v4_mapped()) {
        first_ = ip::make_address_v4(ip::v4_mapped, v6);
    } else if (!v6.is_loopback()) {
        auto bytes = v6.to_bytes();
        std::fill(bytes.begin() + kPrefixBytes, bytes.end(), std::uint8_t{0});
        first_ = ip::address_v6(bytes);
    }
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view address) {
    boost::system::error_code error;
    const ip::address parsed = ip::make_address(address, error);
    if (error) return std::nullopt;
    return IpNetwork(parsed);
}

std::string IpNetwork::text() const {
    std::string text = first_.to_string();
    if (first_.is_v6() && !is_loopback()) text += "/64";
    return text;
}

}  // namespace roster
