#include "core/ip_network.hpp"

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace roster {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view kPrefixLength = "/64";
constexpr std::size_t kPrefixBytes = 8;

}  // namespace

IpNetwork::IpNetwork(const ip::address& address) : first_(address) {
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

std::string IpNetwork::text() const {
    std::string text = first_.to_string();
    if (first_.is_v6() && !is_loopback()) text += kPrefixLength;
    return text;
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
    const std::string_view address = text.substr(0, text.find('/'));
    boost::system::error_code error;
    const IpNetwork network(ip::make_address(std::string(address), error));
    if (error || network.text() != text) return std::nullopt;
    return network;
}

}  // namespace roster
