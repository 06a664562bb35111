#pragma once

// Requests of the classic protocol as its clients send them, and decoded ones as text.

#include "protocol/classic/request_decoder.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace roster::protocol::classic {

/// `user:EMAIL,PASSWORD,OPTION`.
inline std::string user_body(std::string_view email, std::string_view password,
                             std::string_view option) {
    return "user:" + std::string(email) + "," + std::string(password) + "," + std::string(option);
}

/// The bytes of the documented client. It formats the blank line into the body and counts both in
/// characters; for GET and HEAD there is neither.
inline std::string documented(std::string_view method, std::string_view body = {},
                              std::string_view target = "/? ") {
    const std::string user = body.empty() ? "" : "\r\n\r\n" + std::string(body);
    std::size_t characters = 0;
    for (const char c : user)
        characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    return std::string(method) + " " + std::string(target) +
           "HTTP/1.1\r\n"
           "User-Agent:python3(macOS)\r\n"
           "Accept:*/*\r\n"
           "nCache-Control: no=cache\r\n"
           "nHost: 192.168.55.82\r\n"
           "Connection: keep-alive\r\n"
           "Content-Length:" +
           std::to_string(characters) + user;
}

/// The client before that one, without a target.
inline std::string documented_old(std::string_view method, std::string_view body = {}) {
    std::string bytes = documented(method, body, "");
    constexpr std::string_view kAccept = "Accept:*/*\r\n";
    return bytes.insert(bytes.find(kAccept) + kAccept.size(), "Accept-Charset: utf-8\r\n");
}

/// A request with the Content-Length of HTTP; `host` "" omits the header.
inline std::string http(std::string_view method, std::string_view body = {},
                        std::string_view host = "localhost") {
    std::string bytes = std::string(method) + " / HTTP/1.1\r\n";
    if (!host.empty()) bytes += "Host: " + std::string(host) + "\r\n";
    return bytes + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

struct Describe {
    std::string operator()(const ProtocolError& m) const { return std::to_string(m.status); }
    std::string operator()(const SignUp& m) const { return "sign up " + who(m); }
    std::string operator()(const LogIn& m) const { return "log in " + who(m); }
    std::string operator()(const Modify& m) const {
        return "modify " + std::to_string(m.id) + " " + who(m);
    }
    std::string operator()(const View&) const { return "view"; }
    std::string operator()(const Status&) const { return "status"; }

    template <class T>
    static std::string who(const T& message) {
        return message.email + "|" + std::string(message.password.reveal());
    }
};

/// "log in a@a.com|pw", "404", "view close" …
inline std::string describe(const ClassicRequest& request) {
    return std::visit(Describe{}, request.operation) + (request.keep_alive ? "" : " close");
}

inline std::vector<std::string> take_all(RequestDecoder& decoder) {
    std::vector<std::string> requests;
    while (const auto request = decoder.next())
        requests.push_back(describe(*request));
    return requests;
}

}  // namespace roster::protocol::classic
