#pragma once

// The texts of the pages in each language, which are data: texts/*.json.
// Knows no page.

#include "protocol/http/request.hpp"

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace roster::server {

/// Of one language. Threads: any.
class Texts {
  public:
    using Values = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    /// Those that the client likes best; English if it likes none. Lifetime: static.
    /// Source: RFC 9110 §12.5.4.
    static const Texts& of(const protocol::http::Fields& fields);

    explicit Texts(std::string_view language);

    /// A tag for the attribute `lang`.
    const std::string& language() const noexcept { return language_; }
    const std::map<std::string, std::string, std::less<>>& all() const noexcept { return texts_; }

    bool has(std::string_view key) const { return texts_.contains(key); }

    /// `values` stand for their names in braces. Nothing in a value is replaced.
    /// Throws: `std::out_of_range` for a key that is not there.
    std::string get(std::string_view key, Values values = {}) const;

  private:
    std::string language_;
    std::map<std::string, std::string, std::less<>> texts_;
};

}  // namespace roster::server
