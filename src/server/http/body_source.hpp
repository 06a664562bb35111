#pragma once

// What the rest of a response's body comes from, part by part, so that no answer is kept whole in
// memory. Knows no connection, and no framing.

#include <roster/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace roster::protocol::http {

/// A part has about this size; the connection sends it before it asks for the next one.
inline constexpr std::size_t kBodyPartBytes = 64 * 1024;

enum class BodyPart : std::uint8_t { more, last };

/// Threads: one at a time. Destroyed when the response is sent, or its connection ends.
class BodySource {
  public:
    BodySource() = default;
    BodySource(const BodySource&) = delete;
    BodySource& operator=(const BodySource&) = delete;
    virtual ~BodySource() = default;

    /// Appends the next part, which may be empty, and returns whether there are more. After an
    /// error the connection ends, so that the client sees that the body is cut. Lifetime: both
    /// outlive the awaitable.
    virtual boost::asio::awaitable<result<BodyPart>> append(std::string& out) = 0;
};

}  // namespace roster::protocol::http
