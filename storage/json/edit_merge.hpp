#pragma once

// A text that a person edited, and what the server did since that text was written -> the changes
// that make the store what the text says.
// Knows no file and no lock, and no rule: the changes go through UserTransaction.

#include "core/diagnostic.hpp"
#include "storage/core/user_transaction.hpp"
#include "storage/json/recent_changes.hpp"
#include "storage/json/users_document.hpp"
#include "storage/memory/user_index.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace roster::storage {

/// What is known when an edit is found.
struct MergeBase {
    const UserIndex& live;
    const RecentChanges& recent;
    /// The revision of the file that the text replaced, for texts that do not say theirs; nullopt
    /// if that is not known: then such a text is refused.
    std::optional<Revision> file_revision;
};

/// Of users, what no write can say.
using UnknownMembers = std::unordered_map<UserId, std::string>;

struct MergedEdit {
    UserTransaction transaction;
    UnknownMembers unknown_members;
    /// How many users the text changes, and the e-mails of those that it erases.
    std::size_t changed = 0;
    std::vector<std::string> erased;
};

/// What the text says and the server has not changed since the text's revision is taken; what the
/// server changed and the text has not stays. If both changed one user, they conflict. At a start
/// (without `file_revision`) plain passwords and users without an id that the record has do not:
/// the text may have been taken over just before a kill.
///
/// Requires: `edit` was read from `text`, and its plain passwords are hashed or left out.
/// Lifetime: `live` outlives the transaction.
std::variant<MergedEdit, Diagnostic> merge_edit(const UsersDocument& edit, std::string_view text,
                                                const MergeBase& base,
                                                std::chrono::sys_seconds now);

/// Makes the document what the edit says; for texts that no server has taken over.
void apply_edit(const MergedEdit& merged, UsersDocument& edit, UsersDocument& document);

}  // namespace roster::storage
