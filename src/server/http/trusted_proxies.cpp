#include "server/http/trusted_proxies.hpp"

#include <roster/error.hpp>

#include "core/address.hpp"
#include "core/text.hpp"
#include "protocol/syntax.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <type_traits>

namespace roster::server {

namespace ip = boost::asio::ip;

namespace {

ip::address plain(const ip::address& address) {
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

// "192.0.2.1", "2001:db8::1"; some proxies write the port as well.
std::optional<ip::address> parse_element(std::string_view text) {
    boost::system::error_code ec;
    ip::address address = ip::make_address(std::string(text), ec);
    if (ec) {
        const auto host_port = parse_host_port(text);
        if (host_port) address = ip::make_address(host_port->host, ec);
    }
    if (ec) return std::nullopt;
    return plain(address);
}

std::vector<std::string_view> elements_of(const protocol::http::Request& request) {
    std::vector<std::string_view> elements;
    std::size_t at = 0;
    // At every comma: a quotation mark may be the client's.
    while (const auto list = request.fields.find_from(at, "X-Forwarded-For"))
        for (std::size_t begin = 0; begin <= list->size();) {
            const std::size_t end = std::min(list->find(',', begin), list->size());
            elements.push_back(protocol::trimmed(list->substr(begin, end - begin)));
            begin = end + 1;
        }
    return elements;
}

}  // namespace

TrustedProxies::TrustedProxies(const std::vector<std::string>& networks) {
    for (const std::string& text : networks) {
        const bool has_length = text.find('/') != text.npos;
        boost::system::error_code ec;
        if (text.find(':') == text.npos)
            v4_.push_back(ip::make_network_v4(has_length ? text : text + "/32", ec).canonical());
        else
            v6_.push_back(ip::make_network_v6(has_length ? text : text + "/128", ec).canonical());
        if (ec)
            throw StartupError(Errc::invalid_request,
                               "--trusted-proxy: must be addresses or networks, as in 127.0.0.1 "
                               "or 10.0.0.0/8, not '" +
                                   printable(text) + "'");
    }
}

bool TrustedProxies::has(const ip::address& address) const {
    const auto holds = [](const auto& network, const auto& one) {
        return std::decay_t<decltype(network)>(one, network.prefix_length()).canonical() == network;
    };
    if (address.is_v4())
        return std::any_of(v4_.begin(), v4_.end(), [&](const ip::network_v4& network) {
            return holds(network, address.to_v4());
        });
    return std::any_of(v6_.begin(), v6_.end(), [&](const ip::network_v6& network) {
        return holds(network, address.to_v6());
    });
}

PeerAddress TrustedProxies::client_of(const PeerAddress& peer,
                                      const protocol::http::Request& request) const {
    if (!peer || (v4_.empty() && v6_.empty())) return peer;
    ip::address client = plain(*peer);
    const auto elements = elements_of(request);
    for (auto element = elements.rbegin(); element != elements.rend() && has(client); ++element) {
        const auto before = parse_element(*element);
        if (!before) break;
        client = *before;
    }
    return client;
}

}  // namespace roster::server
