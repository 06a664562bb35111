#pragma once

// What a line may say of a user, whatever its format, and what each value must look like.

#include "cli/import_export/imported_user.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace roster::cli {

enum class UserField : std::uint8_t {
    id,
    email,
    password_hash,
    password,
    role,
    disabled,
    created_at,
    updated_at,
    metadata,
};

std::optional<UserField> parse_user_field(std::string_view name) noexcept;
std::string_view to_string(UserField field) noexcept;

/// "id, email, …", for messages.
std::string_view names_of_user_fields() noexcept;

/// Why a column or member with this name is refused.
std::string unknown_field(std::string_view name);

/// The largest id. Ids beyond are not read exactly by every reader of JSON, and the store needs
/// another one for the next user.
inline constexpr UserId kMaxImportedId = (UserId{1} << 53) - 2;

/// Takes the values of one line. Whether a plain password is good enough is asked later. Every call
/// gives what is wrong with the value, and nothing where it was taken.
class ImportedUserParser {
  public:
    using Problem = std::optional<std::string>;

    /// For ids and `disabled` too: "7", "true".
    Problem set(UserField field, std::string_view text);
    Problem set_id(std::uint64_t id);
    /// Requires: it can be stored as it is.
    void set_metadata(std::string compact) noexcept { user_.metadata = std::move(compact); }
    void set_disabled(bool disabled) noexcept { user_.disabled = disabled; }

    /// The user, if nothing is missing.
    Imported finish(std::size_t line);

  private:
    Problem set_email(std::string_view text);
    Problem set_password(std::string_view text);
    Problem set_hash(std::string_view text);
    Problem parse_metadata(std::string_view json);

    ImportedUser user_;
};

/// Why such a hash cannot be imported, to follow the name of a member; nullopt if it can. An empty
/// text is not a hash. The message never repeats the text.
std::optional<std::string> why_hash_refused(std::string_view text);

/// Whether a plain password is in truth a hash, valid or not, which must not be hashed again.
bool is_hash_like(std::string_view text) noexcept;

/// "must be …": what a value that a format cannot even hand over as text should have been.
std::string rule_of(UserField field);

}  // namespace roster::cli
