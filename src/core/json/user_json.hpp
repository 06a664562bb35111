#pragma once

// The codec of users: one table of a user's members, with the name, the rule, the reading and the
// writing of each. The users file, the journal, imports, exports and the wire use its rows.
// Knows no file and no other user; whether a password is a hash is the caller's matter.

#include <roster/error.hpp>
#include <roster/secret.hpp>
#include <roster/user.hpp>

#include "core/json/json_parser.hpp"
#include "core/json/raw_json.hpp"

#include <boost/container/small_vector.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roster {

/// The largest revision: what every reader of JSON reads exactly. The largest id is one less, since
/// the next one must be such a number as well.
inline constexpr std::uint64_t kMaxNumber = (std::uint64_t{1} << 53) - 1;

/// The highest id that a person or an import gives, rather than the store: above it there are
/// enough for the users that come later.
inline constexpr UserId kHighestGivenId = UserId{1} << 52;

/// 1 to 254 bytes of UTF-8 without control characters.
bool is_storable_email(std::string_view email) noexcept;

/// From 1970 to 9999, as RFC 3339 writes it.
bool is_storable_time(std::chrono::sys_seconds time) noexcept;

/// Members of a user. Several are a mask.
enum class UserMember : std::uint32_t {
    none = 0,
    id = 1 << 0,
    email = 1 << 1,
    /// A hash, a plain password or, in files only, nothing.
    password = 1 << 2,
    password_hash = 1 << 3,
    role = 1 << 4,
    disabled = 1 << 5,
    created_at = 1 << 6,
    updated_at = 1 << 7,
    revision = 1 << 8,
    credentials_revision = 1 << 9,
    metadata = 1 << 10,
    username = 1 << 11,
    name = 1 << 12,
    groups = 1 << 13,
    email_verified_at = 1 << 14,
    locale = 1 << 15,
    last_login_at = 1 << 16,
};

constexpr UserMember operator|(UserMember a, UserMember b) noexcept {
    return static_cast<UserMember>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr bool has(UserMember mask, UserMember member) noexcept {
    return (static_cast<std::uint32_t>(mask) & static_cast<std::uint32_t>(member)) != 0;
}

/// What is read of a user. What is missing keeps the default.
struct ParsedUser {
    std::optional<UserId> id;
    std::string email;
    UserProfile profile;
    Secret password;
    Secret password_hash;
    std::optional<Role> role;
    bool disabled = false;
    std::optional<std::chrono::sys_seconds> created_at;
    std::optional<std::chrono::sys_seconds> updated_at;
    std::optional<std::chrono::sys_seconds> last_login_at;
    std::optional<Revision> revision;
    Revision credentials_revision = 0;
    /// Compact.
    std::string metadata{kNoMetadata};
    /// `"name":value,…`, compact.
    std::string unknown_members;
    /// How many of them are there because of `UserShape::sets_aside`.
    std::size_t set_aside = 0;
};

/// What is missing keeps the default. Requires: an id.
User to_user(ParsedUser parsed);

/// Keeps the username as an unknown member instead, as `UserShape::sets_aside` does.
void set_username_aside(ParsedUser& user);

/// What is written of a user. Lifetime: the texts and the profile belong to the caller.
struct UserFields {
    explicit UserFields(const UserProfile& of) : profile(&of) {}
    explicit UserFields(const User& user);

    UserId id = 0;
    std::string_view email;
    /// Never null.
    const UserProfile* profile;
    std::string_view password_hash;
    Role role = Role::user;
    bool disabled = false;
    std::chrono::sys_seconds created_at{};
    std::chrono::sys_seconds updated_at{};
    std::optional<std::chrono::sys_seconds> last_login_at;
    Revision revision = 0;
    Revision credentials_revision = 0;
    std::string_view metadata = kNoMetadata;
    std::string_view unknown_members;
};

/// What a user does not have as text is written here.
struct UserText {
    std::array<char, 24> digits;
    std::string names;
};

/// A row of the table. Values are texts here: numbers in digits, flags as true and false, names of
/// groups with spaces between them, nothing for a member that is absent.
struct UserMemberRow {
    UserMember member;
    std::string_view name;
    /// How JSON writes a value; `begin_object` is an object, `begin_array` one of names.
    JsonKind kind;
    /// "must be …"
    std::string_view rule;
    /// Returns false if the text breaks the rule. Metadata must be compact.
    bool (*set)(ParsedUser& user, std::string_view text);
    /// Lifetime: of the user, and of `scratch` until it is used again.
    std::string_view (*get)(const UserFields& user, UserText& scratch);
};

inline constexpr std::size_t kUserMembers = 17;

/// In the order in which members are written.
std::span<const UserMemberRow, kUserMembers> user_members() noexcept;
const UserMemberRow* find_user_member(std::string_view name) noexcept;

/// Whether one letter more, less or other makes `a` of `b`: a slip of the finger, or of a bit.
bool is_one_letter_off(std::string_view a, std::string_view b) noexcept;

/// "id, email and metadata": the names of a mask's members, for messages.
std::string names_of(UserMember mask);

/// What one use of the codec reads and writes.
struct UserShape {
    UserMember members = UserMember::none;
    /// Left out when they hold their default: false, 0, {} or nothing.
    UserMember sparse = UserMember::none;
    UserMember required = UserMember::none;
    /// Required where there is a revision, because roster wrote the user.
    UserMember required_with_revision = UserMember::none;
    /// What becomes of other members. Those that are kept must not be a slip for a missing one.
    enum class Unknown : std::uint8_t { keep, skip, refuse } unknown = Unknown::skip;
    /// null is a member that is not there.
    bool takes_null = false;
    /// A text that is empty is written as null.
    bool writes_null = false;
    /// A value of `kLaterMembers` that breaks its rule is kept as the unknown member "old_NAME":
    /// the text is older than the rule.
    bool sets_aside = false;
};

inline constexpr UserMember kPublicMembers = UserMember::id | UserMember::email | UserMember::role |
                                             UserMember::disabled | UserMember::created_at |
                                             UserMember::updated_at;

inline constexpr UserMember kProfileMembers = UserMember::username | UserMember::name |
                                              UserMember::groups | UserMember::email_verified_at |
                                              UserMember::locale;

/// What most users do not have.
inline constexpr UserMember kOptionalMembers =
    kProfileMembers | UserMember::last_login_at | UserMember::metadata;

/// What a user of format 1 did not have: there these were names like any other.
inline constexpr UserMember kLaterMembers = kProfileMembers | UserMember::last_login_at;

/// In the users file and the journal.
inline constexpr UserShape kStoredUser{
    kPublicMembers | UserMember::password | UserMember::revision |
        UserMember::credentials_revision | kOptionalMembers,
    UserMember::disabled | UserMember::credentials_revision | kOptionalMembers,
    UserMember::email | UserMember::password,
    UserMember::id | UserMember::role | UserMember::created_at | UserMember::updated_at,
    UserShape::Unknown::keep,
    false};

/// In users files of format 1, and in journals, which do not tell their age.
inline constexpr UserShape kOldStoredUser = [] {
    UserShape shape = kStoredUser;
    shape.sets_aside = true;
    return shape;
}();

/// Between server and client of the classic protocol, whose clients know no other members.
inline constexpr UserShape kWireUser{
    kPublicMembers,   UserMember::none,         UserMember::id | UserMember::email,
    UserMember::none, UserShape::Unknown::skip, false};

/// A line of an export, with the password hash.
inline constexpr UserShape kExportedUser{
    kPublicMembers | UserMember::password_hash | kOptionalMembers,
    UserMember::password_hash | kOptionalMembers,
    UserMember::none,
    UserMember::none,
    UserShape::Unknown::refuse,
    false};

/// A line of an export.
constexpr UserShape exported_user(bool with_hash) noexcept {
    UserShape shape = kExportedUser;
    if (!with_hash) shape.members = kPublicMembers | kOptionalMembers;
    return shape;
}

/// A line of an import: what an export writes, or a plain password.
inline constexpr UserShape kImportedUser{kExportedUser.members | UserMember::password,
                                         UserMember::none,
                                         UserMember::email,
                                         UserMember::none,
                                         UserShape::Unknown::refuse,
                                         true};

/// Takes the tokens of one user, from the opening bracket to the closing one, and then of another.
class UserParser final : public JsonHandler {
  public:
    explicit UserParser(const UserShape& shape) : shape_(shape) {}

    /// Of the users that follow. Requires: none is open.
    void use(const UserShape& shape) noexcept { shape_ = shape; }
    const UserShape& shape() const noexcept { return shape_; }

    bool take(const JsonToken& token) override;

    /// Whether a user was begun and is not finished.
    bool is_open() const noexcept { return is_open_; }

    ParsedUser& user() noexcept { return user_; }
    const ParsedUser& user() const noexcept { return user_; }

    std::size_t first_token() const noexcept { return first_token_; }
    /// The token of a member's value, or of the user without it.
    std::size_t token_of(UserMember member) const noexcept;
    /// Whether the user, or the part of it that was read, has the member.
    bool has(UserMember member) const noexcept { return roster::has(present_, member); }

  private:
    bool begin(const JsonToken& token);
    bool take_name(const JsonToken& token);
    bool take_value(const JsonToken& token);
    bool take_raw(RawJson& raw, const JsonToken& token);
    bool take_name_in_array(const JsonToken& token);
    bool set_aside(const JsonToken& token);
    bool finish();
    bool has_no_slip();
    bool is_complete();

    UserShape shape_;
    ParsedUser user_;
    bool is_open_ = false;
    const UserMemberRow* row_ = nullptr;
    UserMember present_ = UserMember::none;
    std::size_t first_token_ = 0;
    // By the table's rows: the token of the name; 0 without one.
    std::array<std::size_t, kUserMembers> name_tokens_{};
    boost::container::small_vector<std::pair<std::string, std::size_t>, 2> unknown_names_;
    // Of the array that is open.
    std::optional<std::string> names_;
    RawJson metadata_;
    RawJson unknown_;
};

/// Appends the members as a compact object; with `tabs`, each on a line that is indented by so
/// much, and the closing bracket by one less.
void append_user(const UserFields& user, const UserShape& shape, std::string& out,
                 std::size_t tabs = 0);

/// The user on the wire; never with a password.
void encode_user(const User& user, std::string& out);

}  // namespace roster
