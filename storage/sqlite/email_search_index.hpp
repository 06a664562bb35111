#pragma once

// The index of what is in e-mails (the table user_search): how a transaction changes it, and
// whether it is right. Errors: everything here throws `SQLite::Exception`.

#include <roster/user.hpp>

#include "storage/sqlite/connection.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace roster::storage {

/// What a transaction has to change in the index. SQLite writes it out at every savepoint:
/// so it is changed once, at the end.
class EmailSearchChanges {
  public:
    EmailSearchChanges(Connection& connection, UserId indexed_up_to) noexcept
        : connection_(connection), indexed_up_to_(indexed_up_to) {}

    /// Before a user gets another e-mail or is erased.
    void note(UserId id);
    /// Requires: nothing is noted afterwards.
    void write(UserId last_id);

    /// The last user whom the index has; those behind him are looked through one by one.
    UserId indexed_up_to() const noexcept { return indexed_up_to_; }

  private:
    void catch_up(UserId last_id);

    Connection& connection_;
    UserId indexed_up_to_;
    // The e-mails that the index has of those who were noted.
    std::map<UserId, std::string> before_;
};

using TrigramCounts = boost::unordered_flat_map<std::string, std::uint64_t>;

/// Turns a text into what the index is asked for. It goes by how frequent trigrams are: one that is
/// in every e-mail takes the index as long to read as all rare ones together.
///
/// Threads: any.
class EmailSearchTerms {
  public:
    /// For `MATCH`. Requires: `text` is folded and has three characters or more. The first call
    /// counts; half a second for a million users.
    std::string match_of(Connection& connection, std::string_view text);

  private:
    std::shared_ptr<const TrigramCounts> counts_now(Connection& connection);

    std::mutex mutex_;
    std::shared_ptr<const TrigramCounts> counts_;
    UserId counted_up_to_ = 0;
};

/// What is wrong with the index; empty where nothing is. Reads every e-mail.
std::string problem_of_email_search(Connection& connection);

}  // namespace roster::storage
