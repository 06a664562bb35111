#include "core/ip_network.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>

namespace roster {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view kPrefixLength = "/64";
constexpr std::size_t kPrefixBytes = 8;
constexpr std::uint64_t kLoopbackNet = 127;

std::uint64_t prefix_of(const ip::address_v6& address) {
    const auto bytes = address.to_bytes();
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kPrefixBytes; ++i)
        bits = bits << 8 | bytes[i];
    return bits;
}

ip::address_v6 first_of(std::uint64_t prefix) {
    ip::address_v6::bytes_type bytes{};
    for (std::size_t i = kPrefixBytes; i-- > 0; prefix >>= 8)
        bytes[i] = static_cast<unsigned char>(prefix & 0xFF);
    return ip::address_v6(bytes);
}

}  // namespace

IpNetwork::IpNetwork(const ip::address& address) {
    if (address.is_v4()) {
        bits_ = address.to_v4().to_uint();
        return;
    }
    const ip::address_v6 v6 = address.to_v6();
    if (v6.is_v4_mapped()) {
        bits_ = ip::make_address_v4(ip::v4_mapped, v6).to_uint();
        return;
    }
    family_ = v6.is_loopback() ? Family::v6_loopback : Family::v6;
    bits_ = prefix_of(v6);
}

std::string IpNetwork::text() const {
    switch (family_) {
        case Family::v4: return ip::address_v4(static_cast<std::uint32_t>(bits_)).to_string();
        case Family::v6: return first_of(bits_).to_string() + std::string(kPrefixLength);
        case Family::v6_loopback: return ip::address_v6::loopback().to_string();
    }
    return {};
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
    const bool is_prefix = text.ends_with(kPrefixLength);
    if (is_prefix) text.remove_suffix(kPrefixLength.size());
    boost::system::error_code error;
    const ip::address address = ip::make_address(std::string(text), error);
    if (error) return std::nullopt;
    const IpNetwork network(address);
    // A host's address inside a prefix, or a prefix without its length, is nothing we have written.
    if (is_prefix != (network.family_ == Family::v6)) return std::nullopt;
    if (is_prefix && address != ip::address(first_of(network.bits_))) return std::nullopt;
    return network;
}

bool IpNetwork::is_loopback() const noexcept {
    return family_ == Family::v6_loopback || (family_ == Family::v4 && bits_ >> 24 == kLoopbackNet);
}

}  // namespace roster
