#pragma once

// The target of a request: its form, its path in decoded segments, its query parameters.
// Knows no routes. Source: RFC 9112 §3.2, RFC 3986.

#include "protocol/http/escapes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::protocol::http {

/// `uri-host [":" port]`, as `Host` or an absolute target has it; a host is needed.
bool is_authority(std::string_view text) noexcept;

/// As a browser writes the origin of a URL without a path: lower case, without the scheme's own
/// port. nullopt: it is no such URL.
std::optional<std::string> origin_of(std::string_view url);

/// Reusable, so that the targets of a connection allocate nothing once one was as long.
class Target {
  public:
    enum class Form : std::uint8_t {
        /// `/path?query`, and `http://host/path?query`, which has an authority.
        path,
        /// `*`: the server itself.
        asterisk,
    };
    struct Parameter {
        std::string_view name;
        std::string_view value;
    };

    /// Returns what is wrong, or an empty text. `options`: the method is OPTIONS.
    /// Lifetime: the target keeps views of `text`.
    std::string_view parse(std::string_view text, bool options);

    Form form() const noexcept { return form_; }
    /// Empty unless the target has one.
    std::string_view authority() const noexcept { return authority_; }
    /// As they were sent.
    std::string_view path() const noexcept { return path_; }
    std::string_view query() const noexcept { return query_; }

    /// Decoded: well-formed UTF-8 without NUL. "/" has none, "/a/" has "a" and "". Dot segments
    /// are kept, and escaped slashes separate nothing.
    const std::vector<std::string_view>& segments() const noexcept { return segments_; }

    /// Decoded in the same way, `+` being a space.
    const std::vector<Parameter>& parameters() const noexcept { return parameters_; }
    /// The first of this name.
    std::optional<std::string_view> parameter(std::string_view name) const noexcept;

    void clear() noexcept;

  private:
    std::string_view parse_absolute(std::string_view text, bool options);
    std::string_view parse_path(std::string_view text);
    bool split_path();
    bool split_query();
    std::optional<std::string_view> decode(std::string_view text, bool plus_is_space);

    Form form_ = Form::path;
    std::string_view authority_;
    std::string_view path_;
    std::string_view query_;
    std::vector<std::string_view> segments_;
    std::vector<Parameter> parameters_;
    /// What the views point to that had escapes: reserved before the first of them.
    WipedText decoded_;
};

}  // namespace roster::protocol::http
