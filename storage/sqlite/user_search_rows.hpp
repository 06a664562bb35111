#pragma once

// Users as a search sees them: rows in an order, and candidates for a text.
// Knows no page. Errors: everything here throws `SQLite::Exception`.

#include "storage/core/search_source.hpp"
#include "storage/sqlite/connection.hpp"
#include "storage/sqlite/email_search_index.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace roster::storage {

/// By `UserClass`.
using ClassCounts = std::array<std::uint64_t, kUserClasses.size()>;

/// A search on a connection that nobody else uses meanwhile. All of it sees the same moment.
class RowSearch final : public SearchSource {
  public:
    RowSearch(Connection& connection, const ClassCounts& counts, EmailSearchTerms& terms);
    RowSearch(const RowSearch&) = delete;
    RowSearch& operator=(const RowSearch&) = delete;
    ~RowSearch() override;

    bool walks_all(const UserOrder& order) const override;
    bool walk(std::optional<UserClass> whose, const UserOrder& order,
              const std::optional<Position>& after, std::size_t most, const Visit& visit) override;
    bool next_candidates(const EmailPattern& pattern, std::size_t most,
                         const Visit& visit) override;
    std::uint64_t count(UserClass whose) override {
        return counts_[static_cast<std::size_t>(whose)];
    }
    std::optional<User> user(UserId id) override;

  private:
    bool walk_by_creation(UserClass whose, const UserOrder& order,
                          const std::optional<Position>& after, std::size_t most,
                          const Visit& visit);

    Connection& connection_;
    ClassCounts counts_;
    EmailSearchTerms& terms_;
    // Candidates: what the index is asked for, and behind whom the next ones begin.
    std::string match_;
    UserId after_ = 0;
    UserId indexed_up_to_ = 0;
};

}  // namespace roster::storage
