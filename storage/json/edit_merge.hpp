#pragma once

// A text that a person edited, and what the server did since the text was written -> one state.
// Knows no file and no lock.

#include "storage/json/recent_changes.hpp"
#include "storage/json/users_document.hpp"
#include "storage/memory/user_index.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace roster::storage {

/// One user as he is to be after an edit was taken over.
struct EditedUser {
    UserId id = 0;
    Revision revision = 0;
    /// Nothing where he is to be erased.
    std::optional<User> after;
    std::string unknown_members;
    bool is_new = false;
};

struct MergedEdit {
    std::vector<EditedUser> users;
    UserId next_id = 0;
};

/// Why an edit cannot be taken over; the user whose place in the text is to be named, or 0.
struct MergeConflict {
    UserId id = 0;
    std::string text;
};

/// What is known when an edit comes in.
struct MergeBase {
    const UserIndex& live;
    const RecentChanges& recent;
    /// The revision of the book that the text replaced, for texts that do not say theirs.
    Revision book_revision = 0;
    std::chrono::sys_seconds now;
};

/// What the text says and the server has not changed since the text's revision is taken; what the
/// server changed and the text has not stays. Where both changed one user, they conflict.
///
/// Requires: the text's plain passwords are hashed.
std::variant<MergedEdit, MergeConflict> merge_edit(const UsersDocument& edit,
                                                   const MergeBase& base);

/// Makes the index what the edit says.
void apply_edit(const MergedEdit& edit, UserIndex& index);

}  // namespace roster::storage
