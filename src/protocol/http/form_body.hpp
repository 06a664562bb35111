#pragma once

// The fields of a form that a browser posts. Knows no field: the caller asks for those that it
// takes. Source: URL standard, application/x-www-form-urlencoded.

#include <roster/secret.hpp>

#include "protocol/http/problem.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::protocol::http {

inline constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

inline constexpr std::size_t kMaxFormFields = 16;
/// Of a name or a value.
inline constexpr std::size_t kMaxFormFieldBytes = 4096;

class FormBody {
  public:
    /// Returns `malformed_request` for what no browser sends: characters that have to be escaped,
    /// broken escapes, NUL, text that is not UTF-8, a field twice, too many or too long ones.
    std::optional<Problem> read(std::string_view text);

    /// Empty if there is no such field. Lifetime: the body's.
    std::string_view text(std::string_view name) const noexcept;
    Secret secret(std::string_view name) const { return Secret(text(name)); }

  private:
    std::vector<std::pair<Secret, Secret>> fields_;
};

}  // namespace roster::protocol::http
