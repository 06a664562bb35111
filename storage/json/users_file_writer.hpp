#pragma once

// The users -> the text of a users.json: tab-indented, one member a line.
// Knows no file.

#include <roster/user.hpp>

#include "storage/json/text_sink.hpp"
#include "storage/memory/user_table.hpp"

#include <string>
#include <string_view>

namespace roster::storage {

/// What stands in a book beside its users.
struct UsersFileFrame {
    Revision revision = 0;
    UserId next_id = 1;
    std::string members_before_users;
    std::string members_after_users;
};

/// Writes a book bit by bit: the frame's beginning, users by id, the frame's end.
///
/// Lifetime: the frame outlives it.
class UsersFileWriter {
  public:
    explicit UsersFileWriter(const UsersFileFrame& frame) : frame_(frame) {}

    void begin(std::string& out) const;
    void user(const UserRecord& record, std::string& out);
    void end(std::string& out) const;

  private:
    const UsersFileFrame& frame_;
    bool any_user_ = false;
};

/// Writes a whole book.
result<void> write_book(const UsersFileFrame& frame, const UserView& users, const TextSink& sink);

/// Appends a user as a compact object, with the same members as in a book.
void append_compact_user(const UserRecord& record, std::string& out);

/// Appends compact JSON members, one a line, indented by so many tabs, each begun with a comma and
/// a new line.
void append_members(std::string_view members, std::size_t tabs, std::string& out);

}  // namespace roster::storage
