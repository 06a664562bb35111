#pragma once

// The body of a POST or PUT, `user:EMAIL,PASSWORD,OPTION`: where it ends, and what it says.
// Knows no buffer and no clock.
//
// Its end is a question because the documented client's Content-Length cannot be taken at its
// word. That client counts the blank line before the body too, and it counts characters instead of
// bytes. So a count of N may mean N bytes, as HTTP says; N-4 bytes; or N-4 characters, which are
// more bytes as soon as one of them is not ASCII.

#include "protocol/classic/messages.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace roster::protocol::classic {

/// What the documented client counts too much: a blank line.
inline constexpr std::size_t kCountedTooMuch = 4;

Operation decode_operation(Method method, std::string_view body);

/// Whether `missing` more bytes would turn the option of a well-formed POST into a valid one.
bool completes_option(std::string_view body, std::size_t missing) noexcept;

/// Decides byte by byte, so that it does not matter in which pieces the bytes arrive.
class CountedBody {
  public:
    enum class Outcome {
        more,
        /// The end of the body is known.
        whole,
        /// No reading of the count fits the bytes.
        lost,
        too_large,
    };
    struct End {
        Outcome outcome = Outcome::more;
        std::size_t size_bytes = 0;
    };

    /// Requires: `counted >= kCountedTooMuch`.
    CountedBody(Method method, std::size_t counted, std::size_t max_bytes) noexcept;

    /// `bytes`: all that arrived after the head; never fewer than in the call before.
    End scan(std::string_view bytes) noexcept;

    /// The size of the body if `bytes` (all scanned) are followed by silence; `nullopt` if it is
    /// not whole.
    std::optional<std::size_t> at_silence(std::string_view bytes) const noexcept;

    /// The same if nothing can follow any more.
    std::optional<std::size_t> at_end(std::string_view bytes) const noexcept;

  private:
    void count(char byte) noexcept;
    End decide(std::string_view bytes) const noexcept;
    bool is_well_formed(std::size_t size_bytes) const noexcept;
    bool is_cut_short(std::string_view bytes) const noexcept;
    /// Whether the bytes could be a whole body by one of the three readings.
    bool is_plausible(std::string_view bytes) const noexcept;

    Method method_;
    std::size_t counted_;
    std::size_t documented_;
    std::size_t max_bytes_;

    // What is known of the bytes seen so far.
    std::size_t seen_ = 0;
    std::size_t characters_ = 0;
    /// Bytes that the last of them still lacks.
    std::size_t lacking_ = 0;
    std::size_t commas_ = 0;
    std::size_t second_comma_ = 0;
    bool has_prefix_ = true;
    /// After the character that is the last one by the documented client's count.
    std::optional<std::size_t> characters_end_;
};

}  // namespace roster::protocol::classic
