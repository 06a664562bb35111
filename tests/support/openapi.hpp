#pragma once

// Answers held against docs/openapi.json. Knows the few words of JSON Schema that it uses, and
// fails on any other.

#include <set>
#include <string>
#include <string_view>

namespace roster::testing {

struct DescribedAnswer {
    std::string method;
    /// As it was sent.
    std::string target;
    unsigned status = 0;
    /// JSON, or empty.
    std::string body;
};

/// What the document does not say of this answer; empty if it says all. Paths that are not in it
/// need no description, only a problem or no body.
std::string why_undescribed(const DescribedAnswer& answer);

/// "GET /v1/users/{id} 200" of every operation and status that the document names.
std::set<std::string> described_answers();

/// The same of one answer; empty if the document does not name it.
std::string name_of(const DescribedAnswer& answer);

}  // namespace roster::testing
