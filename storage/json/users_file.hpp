#pragma once

// The text of a users file: its members and users, checked as far as one user at a time can be, and
// written tab-indented, one member a line.
// Knows no file and no store: each user is handed to the caller.

#include "core/json/json_parser.hpp"
#include "core/json/raw_json.hpp"
#include "core/json/user_json.hpp"
#include "storage/memory/user_index.hpp"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace roster::storage {

using TokenProblem = JsonHandler::Problem;

/// What is written; 1 is read as well: its users had no profile.
inline constexpr std::uint64_t kUsersFileFormat = 2;

/// What is in a users file beside its users.
struct UsersFileHeader {
    std::optional<std::uint64_t> format;
    std::optional<std::uint64_t> revision;
    std::optional<std::uint64_t> next_id;
    /// Members that roster does not know, as compact JSON.
    std::string members_before_users;
    std::string members_after_users;
};

class UsersFileParser final : public JsonHandler {
  public:
    /// Returns what is wrong with the user, or takes it.
    using TakeUser = std::function<std::optional<TokenProblem>(UserParser& user)>;

    explicit UsersFileParser(TakeUser take_user) : take_user_(std::move(take_user)) {}

    bool take(const JsonToken& token) override;

    /// As far as it was read.
    const UsersFileHeader& header() const noexcept { return header_; }

  private:
    enum class Level { text, file, users };

    bool take_in_file(const JsonToken& token);
    bool take_name(const JsonToken& token);
    bool take_member(const JsonToken& token);
    bool take_number(const JsonToken& token);
    bool take_in_users(const JsonToken& token);
    bool finish();
    bool has_format_or_neither(std::string_view name, bool has_member);

    TakeUser take_user_;
    UsersFileHeader header_;
    Level level_ = Level::text;
    bool has_users_ = false;
    std::string name_;
    boost::container::small_vector<std::pair<std::string, std::size_t>, 8> names_;
    RawJson unknown_;
    UserParser user_{kOldStoredUser};
};

/// Takes a text part by part; its error ends the writing.
using TextSink = std::function<result<void>(std::string_view)>;

/// `profile`: the record's, unpacked. Lifetime: of both.
UserFields to_fields(const UserRecord& record, const UserProfile& profile);

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
