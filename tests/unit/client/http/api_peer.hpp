#pragma once

// A scripted server of the HTTP API, and the client that asks it.

#include <roster/api_client.hpp>

#include "unit/client/scripted_peer.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace roster::client {

inline std::string http_answer(std::string_view status, std::string_view body,
                               std::string_view headers = "") {
    return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

inline std::string problem(std::string_view status, std::string_view code,
                           std::string_view headers = "") {
    return http_answer(status, R"({"code":")" + std::string(code) + R"(","detail":"why"})",
                       headers);
}

inline constexpr std::string_view kUser =
    R"({"id":7,"email":"a@a.com","username":null,"role":"admin","groups":["x"],"created_at":)"
    R"("2026-11-28T19:17:38Z","metadata":{"n":1.50},"later":[{}]})";

class ClientApi : public WithPeer {
  protected:
    ApiClient client(ApiClientOptions options = {}) {
        const auto endpoint = ApiEndpoint::parse("http://127.0.0.1:" + peer_->port());
        return {io_.get_executor(), std::get<ApiEndpoint>(endpoint), std::move(options)};
    }
};

}  // namespace roster::client
