#pragma once

// What some request headers say: media types, entity tags, what the client accepts.
// Source: RFC 9110 §8.3, §12.5.1, §13.1.

#include "protocol/http/request.hpp"

#include <cstdint>
#include <string_view>

namespace roster::protocol::http {

/// Whether a Content-Type is this one, alone or with the parameter `charset=utf-8`.
bool is_media_type(std::string_view content_type, std::string_view wanted) noexcept;

/// Whether the client takes a type, whose parameters do not count: it says nothing of media types,
/// or something that includes this one; for `application/json` also `application/problem+json`.
/// What cannot be read is no refusal.
bool accepts(const Fields& fields, std::string_view type) noexcept;

enum class EtagMatch : std::uint8_t { absent, matches, differs, malformed };

/// `etag`: the current one with its quotes; empty if nothing is there, which not even `*` matches.
/// A weak tag never matches.
EtagMatch if_match(const Fields& fields, std::string_view etag) noexcept;

/// The same for If-None-Match; a weak tag matches a strong one.
EtagMatch if_none_match(const Fields& fields, std::string_view etag) noexcept;

}  // namespace roster::protocol::http
