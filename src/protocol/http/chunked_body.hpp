#pragma once

// A body in chunks -> its bytes, in place. Bounds what comes around them: extensions and trailers,
// which are checked and dropped. Source: RFC 9112 §7.1.

#include "protocol/request_limits.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace roster::protocol::http {

class ChunkedBody {
  public:
    enum class Outcome { more, whole, malformed, too_large, trailers_too_large };
    struct Progress {
        Outcome outcome = Outcome::more;
        /// Bytes that are done with, and bytes of the body that are now at their beginning.
        std::size_t consumed = 0;
        std::size_t produced = 0;
    };

    explicit ChunkedBody(const RequestLimits& limits) : limits_(limits) {}

    /// `bytes`: all that follow those consumed so far.
    Progress decode(std::span<char> bytes);

    void clear() noexcept;

  private:
    enum class Stage { size, content, content_end, trailers, whole };

    Outcome read_size(std::string_view line);
    Outcome read_trailer(std::string_view line);
    /// Reads one line; `more` if it is not whole.
    Outcome step(std::string_view bytes, std::size_t& consumed);
    /// `bytes`: all that have come of it.
    bool may_become_line(std::string_view bytes) const noexcept;
    std::size_t longest_line() const noexcept;

    const RequestLimits& limits_;
    Stage stage_ = Stage::size;
    std::size_t missing_bytes_ = 0;
    std::size_t body_bytes_ = 0;
    std::size_t extension_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
    std::size_t trailers_ = 0;
};

}  // namespace roster::protocol::http
