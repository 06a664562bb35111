#pragma once

// A request of HTTP/1.1 as the server sees it. Knows no bytes on a wire (see the decoder).

#include "core/text.hpp"
#include "protocol/http/target.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace roster::protocol::http {

/// `delete_` because of the keyword. `other`: a method that is not known.
enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, trace, other };

/// "GET"; "OTHER" for one that is not known.
std::string_view name_of(Method method) noexcept;

/// Header fields in the order of the request, their values without blanks around them. They hold
/// no control characters, but may hold bytes that are not UTF-8.
///
/// Lifetime: views of the connection's buffer.
class Fields {
  public:
    struct Field {
        std::string_view name;
        std::string_view value;
    };

    std::size_t size() const noexcept { return places_.size(); }
    Field operator[](std::size_t i) const noexcept {
        const Place& place = places_[i];
        return {{text_.data() + place.name, place.name_bytes},
                {text_.data() + place.value, place.value_bytes}};
    }

    /// The first of this name, without regard to case.
    std::optional<std::string_view> find(std::string_view name) const noexcept {
        std::size_t i = 0;
        return find_from(i, name);
    }
    /// The same from the field `i` on, which becomes the one after it: for fields that may be
    /// repeated.
    std::optional<std::string_view> find_from(std::size_t& i,
                                              std::string_view name) const noexcept {
        while (i < size()) {
            const Field field = (*this)[i++];
            if (equals_ignoring_case(field.name, name)) return field.value;
        }
        return std::nullopt;
    }

    /// The only one of this name; nullopt also if it is there twice.
    std::optional<std::string_view> only(std::string_view name) const noexcept {
        std::size_t i = 0;
        const auto value = find_from(i, name);
        return find_from(i, name) ? std::nullopt : value;
    }

    /// For the decoder: places in a text that is not whole yet.
    void add(std::size_t name, std::size_t name_bytes, std::size_t value, std::size_t value_bytes) {
        places_.push_back({static_cast<std::uint32_t>(name), static_cast<std::uint32_t>(name_bytes),
                           static_cast<std::uint32_t>(value),
                           static_cast<std::uint32_t>(value_bytes)});
    }
    void set_text(std::string_view text) noexcept { text_ = text; }
    void clear() noexcept {
        text_ = {};
        places_.clear();
    }

  private:
    struct Place {
        std::uint32_t name;
        std::uint32_t name_bytes;
        std::uint32_t value;
        std::uint32_t value_bytes;
    };
    std::string_view text_;
    std::vector<Place> places_;
};

struct Request {
    Method method = Method::other;
    Target target;
    /// Of the target, if it has an authority; else the field `Host`, empty only with HTTP/1.0.
    std::string_view host;
    bool http_1_0 = false;
    /// The header Expect asks for something other than 100-continue: the client may wait for it,
    /// and no other request can follow.
    bool has_unknown_expectation = false;
    /// False if no other request can follow.
    bool keep_alive = true;
    Fields fields;
    std::string_view body;
    /// What the client calls this request, if that is 1 to 64 of `[A-Za-z0-9._-]`; else empty, and
    /// the connection names it.
    std::string_view request_id;
    /// When it was whole; the connection says it.
    std::chrono::steady_clock::time_point begun_at;
};

}  // namespace roster::protocol::http
