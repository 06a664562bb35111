#pragma once

// A server's response as a client sees it.
// Knows no bytes, no connection and no meaning of a status.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster {

class Response {
  public:
    Response() = default;

    /// The value of the first header with that name, compared without case; `nullopt` if there is
    /// none.
    std::optional<std::string_view> header(std::string_view name) const;

    unsigned status = 0;
    std::string reason;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    /// False if the server closes the connection after this response.
    bool keep_alive = true;
};

}  // namespace roster
