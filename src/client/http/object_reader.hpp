#pragma once

// The members of a JSON object, by name. Knows no document.

#include "core/json/json_parser.hpp"
#include "core/json/raw_json.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::client {

/// Strings are decoded, other values are compact JSON, and so are the elements of an array.
class ObjectReader final : public JsonHandler {
  public:
    /// `nullopt` if the text is no object.
    static std::optional<ObjectReader> read(std::string_view json);

    // Empty, or `nullopt`, for a member that is absent or of another kind.
    std::string text(std::string_view name) const;
    bool has_text(std::string_view name) const { return find(name, JsonKind::string) != nullptr; }
    std::optional<std::uint64_t> number(std::string_view name) const;
    /// `true`, not `false`.
    bool is_set(std::string_view name) const;
    std::string object(std::string_view name) const;
    std::optional<std::chrono::sys_seconds> time(std::string_view name) const;
    /// Null if there is no such array.
    const std::vector<std::string>* items(std::string_view name) const;

    bool take(const JsonToken& token) override;

  private:
    struct Member {
        std::string name;
        JsonKind kind = JsonKind::literal;
        std::string text;
        std::vector<std::string> items;
    };

    bool take_raw(const JsonToken& token);
    void keep(std::string value);
    const Member* find(std::string_view name, JsonKind kind) const;

    bool is_object_ = false;
    bool in_array_ = false;
    std::vector<Member> members_;
    RawJson raw_;
};

}  // namespace roster::client
