#pragma once

// The users -> the text of a users file: tab-indented, one member a line.
// Knows no file.

#include "core/json/user_json.hpp"
#include "storage/memory/user_index.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace roster::storage {

/// Takes a text part by part; its error ends the writing.
using TextSink = std::function<result<void>(std::string_view)>;

/// Lifetime: of the record's texts.
UserFields to_fields(const UserRecord& record);

/// What is in a users file beside its users.
struct UsersFileFrame {
    Revision revision = 0;
    UserId next_id = 1;
    std::string members_before_users;
    std::string members_after_users;
};

/// Writes a users file part by part: the frame's beginning, users by id, the frame's end.
///
/// Lifetime: the frame outlives it.
class UsersFileWriter {
  public:
    explicit UsersFileWriter(const UsersFileFrame& frame) : frame_(frame) {}

    void begin(std::string& out) const;
    void user(const UserFields& user, std::string& out);
    void end(std::string& out) const;

  private:
    const UsersFileFrame& frame_;
    bool any_user_ = false;
};

/// Writes a whole users file.
result<void> write_users_file(const UsersFileFrame& frame, const UserView& users,
                              const TextSink& sink);

}  // namespace roster::storage
