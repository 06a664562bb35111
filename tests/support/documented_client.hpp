#pragma once

// The bytes that the documented client of the classic protocol sends: no Host, a Content-Length
// that counts the blank line and characters instead of bytes, no end of the head for GET and HEAD.

#include "vocabulary/text.hpp"

#include <string>
#include <string_view>

namespace roster::test {

inline std::string documented_head(std::string_view method, std::size_t content_length) {
    return std::string(method) +
           " /? HTTP/1.1\r\nUser-Agent:python3(macOS)\r\nAccept:*/*\r\nnCache-Control: no=cache\r\n"
           "nHost: 192.168.55.82\r\nConnection: keep-alive\r\nContent-Length:" +
           std::to_string(content_length);
}

/// POST or PUT.
inline std::string documented_request(std::string_view method, std::string_view email,
                                      std::string_view password, std::string_view option) {
    std::string user = "\r\n\r\nuser:";
    user.append(email).append(",").append(password).append(",").append(option);
    return documented_head(method, count_code_points(user).value()) + user;
}

/// GET or HEAD.
inline std::string documented_request(std::string_view method) {
    return documented_head(method, 0);
}

}  // namespace roster::test
