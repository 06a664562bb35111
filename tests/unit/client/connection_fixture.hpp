#pragma once

// A client that is connected to a scripted server, and what came of its requests in short.

#include "client/client_connection.hpp"
#include "unit/client/scripted_peer.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::client {

/// What came of requests, in short: the body, or the error.
using Outcomes = std::vector<std::string>;

inline std::string in_short(const result<Response>& answer) {
    return answer ? answer->body : answer.error().message();
}

inline std::string text_of(Errc error) {
    return make_error_code(error).message();
}

inline std::string answer(std::string_view body, std::string_view header = "") {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(header) + "\r\n" + std::string(body);
}

inline asio::awaitable<Client> connected(SharedPeer peer, ClientOptions options) {
    result<Client> client = co_await Client::connect("127.0.0.1", peer->port(), options);
    co_return std::move(client.value());
}

inline Request get() {
    return Request("GET");
}

inline Request post(std::string_view body) {
    return Request("POST", Secret(body));
}

class ClientConnection : public WithPeer {};

}  // namespace roster::client
