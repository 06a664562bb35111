#pragma once

// Searches the users that are being served. The indexes that a search needs are made when one first
// needs them: a server that nobody searches starts no slower, and needs no more memory.

#include <roster/user_query.hpp>

#include "storage/memory/concurrent_user_table.hpp"
#include "storage/memory/search_index.hpp"

#include <memory>
#include <mutex>

namespace roster::storage {

/// Threads: any; the users may be changed meanwhile.
/// Lifetime: the users outlive it.
class LiveSearch {
  public:
    explicit LiveSearch(ConcurrentUserTable& users) : users_(users) {}

    /// The first one of its kind makes an index: about a second for a million users.
    /// Errors: `invalid_request`.
    result<UserPage> search(const UserQuery& query);

  private:
    class Source;

    std::shared_ptr<const SearchPart> part(SearchPartName name);
    std::shared_ptr<const SearchPart> part_there_is(SearchPartName name) const;
    void make(SearchPartName name);
    bool bring_up_to_date(SearchPart& part, std::unique_ptr<ConcurrentUserTable::View>& view);

    ConcurrentUserTable& users_;
    // One is made at a time.
    std::mutex making_;
};

}  // namespace roster::storage
