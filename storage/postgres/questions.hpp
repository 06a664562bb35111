#pragma once

// Several questions as one round trip; each is about a list of keys.
// Errors: as of rows.hpp.

#include "storage/postgres/rows.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace roster::storage::postgres {

class Questions {
  public:
    using Take = std::function<void(const Rows&)>;

    explicit Questions(Connection& connection) : connection_(connection) {}

    /// `take` is called with what was found. What asks for nobody is not sent.
    void ask(const Array& keys, const std::string& sql, Take take) {
        if (keys.is_empty()) return;
        Params params;
        params.add(keys.text());
        ask(sql, params, std::move(take));
    }
    void ask(const std::string& sql, const Params& params, Take take) {
        connection_.send(sql, params);
        takes_.push_back(std::move(take));
    }

    /// Returns the rows of what was appended to the connection before.
    std::vector<Rows> finish(Clock::duration patience) {
        std::vector<Rows> rows;
        if (takes_.empty()) return rows;
        rows = connection_.finish(patience);
        const std::size_t before = rows.size() - takes_.size();
        for (std::size_t i = 0; i < takes_.size(); ++i)
            takes_[i](rows[before + i]);
        rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(before), rows.end());
        return rows;
    }

  private:
    Connection& connection_;
    std::vector<Take> takes_;
};

/// Keys that no row can have are left out.
inline void add_login(Array& logins, const std::string& login) {
    if (is_text(login)) logins.add(fold_email(login));
}
inline void add_id(Array& ids, std::uint64_t id) {
    if (id <= kMaxNumber) ids.add(id);
}

}  // namespace roster::storage::postgres
