#pragma once

// Bytes of a client of the classic protocol -> requests (the server's side).
// Knows no socket and no clock: it is told of bytes, of silence and of the end.

#include "protocol/classic.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace roster::protocol::classic {

/// Feed it what arrives, then take requests until there is none.
///
/// Threads: one at a time.
class RequestDecoder {
  public:
    /// Which deadline applies to what is still to come.
    enum class Phase { idle, head, body };

    explicit RequestDecoder(Limits limits = {});

    void feed(std::string_view bytes);

    /// Nothing has come for `kSilence`. Has an effect only where `awaits_silence()`.
    void silence();

    /// The peer has closed its sending side; what is whole, or counts as whole, can still be taken.
    void end();

    /// The next whole request, in order; nothing where more is needed. After a request with
    /// `keep_alive` false there is never another.
    std::optional<Request> next();

    Phase phase() const noexcept;

    /// Whether silence would make a request of what is here.
    bool awaits_silence() const noexcept;

    /// The body's length as it was announced. Requires: `phase() == Phase::body`.
    std::size_t announced_body_bytes() const noexcept;

    /// Bytes that were fed and belong to no request yet.
    std::size_t buffered_bytes() const noexcept;
};

}  // namespace roster::protocol::classic
