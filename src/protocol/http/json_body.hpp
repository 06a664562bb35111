#pragma once

// The JSON object in the body of a request, member by member, with everything that is wrong with it
// at once. Knows no member: the caller asks for those that it takes.

#include <roster/secret.hpp>

#include "protocol/http/problem.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::protocol::http {

inline constexpr std::size_t kMaxBodyDepth = 32;
/// Of one object.
inline constexpr std::size_t kMaxBodyMembers = 64;
inline constexpr std::size_t kMaxBodyStringBytes = 4096;

enum class Need : std::uint8_t { optional, required };

/// Read it, ask for every member that is known, then `finish`.
class JsonBody {
  public:
    /// Returns `malformed_json` if the text is not JSON within the limits; an object of another
    /// type is an error of `finish`.
    std::optional<Problem> read(std::string_view text);

    // Each returns `nullopt` if the member is absent, null or of another type. That is noted as an
    // error unless the member is optional and absent or null.

    std::optional<std::string> string(std::string_view name, Need need = Need::optional);
    std::optional<Secret> secret(std::string_view name, Need need = Need::optional);
    std::optional<bool> boolean(std::string_view name, Need need = Need::optional);
    /// Not negative, not a fraction.
    std::optional<std::uint64_t> number(std::string_view name, Need need = Need::optional);
    std::optional<std::vector<std::string>> strings(std::string_view name,
                                                    Need need = Need::optional);
    /// As compact JSON.
    std::optional<std::string> object(std::string_view name, Need need = Need::optional);

    /// Whether the member is there and null, which in a merge patch removes a value.
    bool is_null(std::string_view name);

    /// Notes an error of a rule.
    void refuse(FieldError error) { errors_.push_back(std::move(error)); }

    /// Members that nobody has asked for are errors, too. Returns `validation_failed` if there are
    /// any.
    std::optional<Problem> finish();

    enum class Kind : std::uint8_t { string, number, boolean, null, array, object };
    struct Member {
        std::string name;
        Kind kind = Kind::null;
        /// Decoded if it is a string, else compact JSON.
        Secret text;
        bool known = false;
    };

  private:
    const Member* find(std::string_view name, Kind wanted, Need need);

    bool is_object_ = false;
    std::vector<Member> members_;
    std::vector<FieldError> errors_;
};

/// "/NAME" with its escapes. Source: RFC 6901.
std::string json_pointer(std::string_view name);

}  // namespace roster::protocol::http
