#include "protocol/classic/body.hpp"

#include "protocol/classic/grammar.hpp"
#include "protocol/classic/head.hpp"

#include <algorithm>

namespace roster::protocol::classic {
namespace {

bool continues_character(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// How many bytes a character has behind its first.
std::size_t bytes_behind(char first) noexcept {
    const auto byte = static_cast<unsigned char>(first);
    if (byte < 0xC0) return 0;
    if (byte < 0xE0) return 1;
    return byte < 0xF0 ? 2 : 3;
}

Beginning beginning_at(std::string_view bytes, std::size_t place) noexcept {
    if (place > bytes.size()) return Beginning::other;
    return beginning_of_request(bytes.substr(place));
}

}  // namespace

CountedBody::CountedBody(Method method, std::size_t counted, std::size_t max_bytes) noexcept
    : method_(method),
      counted_(counted),
      documented_(counted - kCountedTooMuch),
      max_bytes_(max_bytes) {
    if (documented_ == 0) characters_end_ = 0;
}

CountedBody::End CountedBody::scan(std::string_view bytes) noexcept {
    while (seen_ < bytes.size()) {
        count(bytes[seen_]);
        if (seen_ < documented_) continue;
        const End end = decide(bytes.substr(0, seen_));
        if (end.outcome != Outcome::more) return end;
    }
    return {};
}

void CountedBody::count(char byte) noexcept {
    if (seen_ < kBodyPrefix.size()) has_prefix_ = has_prefix_ && byte == kBodyPrefix[seen_];
    if (byte == ',' && ++commas_ == 2) second_comma_ = seen_;
    if (continues_character(byte)) {
        lacking_ -= lacking_ != 0 ? 1U : 0U;
    } else {
        // Malformed, if the last one lacks bytes: it has ended all the same.
        if (characters_ == documented_ && !characters_end_) characters_end_ = seen_;
        ++characters_;
        lacking_ = bytes_behind(byte);
    }
    ++seen_;
    if (characters_ == documented_ && lacking_ == 0 && !characters_end_) characters_end_ = seen_;
}

// The count of characters is believed before the others. It alone gives the documented client's
// body its true end, so an e-mail or a password that it passes on for somebody else cannot be made
// to end the body earlier and to begin a request of that person's own. By the other two readings
// nothing but the option stands where they would end.
CountedBody::End CountedBody::decide(std::string_view bytes) const noexcept {
    if (!characters_end_) return {bytes.size() > max_bytes_ ? Outcome::too_large : Outcome::more};
    const std::size_t end = *characters_end_;
    const Beginning behind = beginning_at(bytes, end);
    if (behind == Beginning::request) return {Outcome::whole, end};
    if (behind == Beginning::perhaps || bytes.size() < counted_) return {};
    if (end > counted_ && behind == Beginning::nothing) {
        const bool blank_line_came = bytes.size() - end >= kCountedTooMuch;
        return {blank_line_came ? Outcome::whole : Outcome::more, end};
    }
    for (const std::size_t other_end : {documented_, counted_}) {
        const Beginning there = beginning_at(bytes, other_end);
        if (there == Beginning::request) return {Outcome::whole, other_end};
        if (there == Beginning::perhaps) return {};
    }
    return {end <= counted_ ? Outcome::whole : Outcome::lost, counted_};
}

bool CountedBody::is_well_formed(std::size_t size_bytes) const noexcept {
    return size_bytes >= kBodyPrefix.size() && has_prefix_ && commas_ >= 2 &&
           second_comma_ < size_bytes;
}

bool CountedBody::is_cut_short(std::string_view bytes) const noexcept {
    if (method_ != Method::post) return false;
    const std::size_t bytes_missing = counted_ - std::min(counted_, bytes.size());
    const std::size_t characters_missing = documented_ - std::min(documented_, characters_);
    return lacks(bytes, bytes_missing) || lacks(bytes, characters_missing);
}

bool CountedBody::is_plausible(std::string_view bytes) const noexcept {
    return bytes.size() == documented_ || bytes.size() == counted_ || characters_end_;
}

std::optional<std::size_t> CountedBody::at_silence(std::string_view bytes) const noexcept {
    if (bytes.size() < documented_) return std::nullopt;
    for (const std::size_t end : {characters_end_.value_or(documented_), documented_, counted_}) {
        const Beginning behind = beginning_at(bytes, end);
        if (behind == Beginning::perhaps && is_well_formed(end)) return end;
        if (end > counted_ && behind == Beginning::nothing) break;
    }
    if (!is_plausible(bytes) || !is_well_formed(bytes.size()) || is_cut_short(bytes))
        return std::nullopt;
    return bytes.size();
}

std::optional<std::size_t> CountedBody::at_end(std::string_view bytes) const noexcept {
    if (const auto end = at_silence(bytes)) return end;
    // It is answered with what is wrong with it; nothing of it is applied.
    if (is_plausible(bytes)) return bytes.size();
    return std::nullopt;
}

}  // namespace roster::protocol::classic
