#pragma once

// Errors of the HTTP API: the one table of their codes, and the document that says one.
// Knows no errors of accounts. Source: RFC 9457.

#include <roster/problem_code.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster::protocol::http {

using roster::ProblemCode;

struct ProblemKind {
    ProblemCode problem;
    std::string_view code;
    unsigned status;
    std::string_view title;
};

inline constexpr std::size_t kProblems =
    static_cast<std::size_t>(ProblemCode::version_not_supported) + 1;

/// All of them, in the order of `ProblemCode`.
const std::array<ProblemKind, kProblems>& problem_kinds() noexcept;

const ProblemKind& kind_of(ProblemCode problem) noexcept;

/// What is wrong with one member of a body.
struct FieldError {
    FieldError(std::string where, std::string_view what, std::string why)
        : pointer(std::move(where)), code(what), detail(std::move(why)) {}

    /// Source: RFC 6901.
    std::string pointer;
    /// Lifetime: static.
    std::string_view code;
    std::string detail;
    /// Names are static.
    std::vector<std::pair<std::string_view, std::uint64_t>> params;
};

struct Problem {
    Problem(ProblemCode which, std::string text) : code(which), detail(std::move(text)) {}

    ProblemCode code;
    /// For the public. Never repeats a value that was sent.
    std::string detail;
    std::vector<FieldError> errors;
};

/// `validation_failed`, with a detail that counts the errors.
Problem validation_failed(std::vector<FieldError> errors);

inline constexpr std::string_view kProblemType = "application/problem+json";

/// `instance`: the path of the request; `request_id`: of this response. Either may be empty.
void append_problem(const Problem& problem, std::string_view instance, std::string_view request_id,
                    std::string& out);

}  // namespace roster::protocol::http
