#pragma once

// Whose e-mail may have a text in it: for every three bytes in a row the users who have them, as
// growing lists of ids, a byte or two for each.
// Knows no lock. It may name too many users, never too few: who asks looks at their e-mails.

#include "storage/memory/search_part.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

namespace roster::storage {

/// New users have larger ids, so that lists are only appended to. Who is gone, or has another
/// e-mail now, stays in them until they are made anew.
class TrigramIndex final : public SearchPart {
  public:
    bool is_touched(const UserRecord& before, const UserRecord& after) const override {
        return before.email != after.email;
    }
    void fill(const UserView& view) override;
    void remove(const UserRecord& record, const UserRecords& users) override;
    void add(const UserRecord& record, const UserRecords& users) override;
    bool is_worn() const override;
    std::size_t memory_bytes() const noexcept override;

    /// Ids that may have a text, some at a time.
    ///
    /// Lifetime: the index may grow meanwhile; of who comes then it may know or not.
    class Candidates {
      public:
        /// Requires: `text` is folded and has three bytes or more.
        Candidates(const TrigramIndex& index, std::string_view text);

        /// Appends up to `most` ids, each of them once in all. False where they were the last ones.
        bool next(const TrigramIndex& index, std::size_t most, std::vector<UserId>& ids);

      private:
        // A place in a list.
        struct Reader {
            std::uint32_t trigram;
            std::size_t offset = 0;
            UserId id = 0;
        };

        static bool advance(const TrigramIndex& index, Reader& reader);
        bool is_in_others(const TrigramIndex& index, UserId id);

        // The shortest list first.
        std::vector<Reader> readers_;
        std::vector<UserId> changed_;
        std::size_t changed_given_ = 0;
    };

  private:
    struct List {
        std::vector<std::uint8_t> distances;
        UserId last = 0;
        std::uint32_t count = 0;
    };

    void append(UserId id, std::string_view email);
    const List* list(std::uint32_t trigram) const noexcept;

    boost::unordered_flat_map<std::uint32_t, List> lists_;
    // Users who got another e-mail, or came with an id that others had passed: always candidates.
    std::set<UserId> changed_;
    UserId last_id_ = 0;
    std::size_t users_ = 0;
    std::size_t gone_ = 0;
};

}  // namespace roster::storage
