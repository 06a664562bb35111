#pragma once

// A text that a person edited, and what the server did since that text was written -> the writes
// that make the store what the text says.
// Knows no file and no lock, and no rule: the writes go through UserTransaction.

#include "storage/core/user_transaction.hpp"
#include "storage/json/recent_changes.hpp"
#include "storage/json/users_document.hpp"
#include "storage/memory/user_index.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace roster::storage {

struct EditWrite {
    UserId id = 0;
    Write write;
    // What the text has of the user, and no write can say.
    std::string unknown_members;
    std::chrono::sys_seconds created_at{};
};

/// Why an edit cannot be taken over. The user to be located in the text, or 0.
struct MergeConflict {
    UserId id = 0;
    std::string text;
};

/// What is known when an edit is found.
struct MergeBase {
    const UserIndex& live;
    const RecentChanges& recent;
    /// The revision of the file that the text replaced, for texts that do not say theirs.
    Revision file_revision = 0;
};

/// What the text says and the server has not changed since the text's revision is taken; what the
/// server changed and the text has not stays. If both changed one user, they conflict.
///
/// Requires: the text's plain passwords are hashed.
std::variant<std::vector<EditWrite>, MergeConflict> merge_edit(const UsersDocument& edit,
                                                               const MergeBase& base);

/// Applies the writes in an order that the rules allow. Requires: `transaction` is empty, decides
/// against `live`, and lets ids return.
std::optional<MergeConflict> apply_edit(std::vector<EditWrite> writes, const UserIndex& live,
                                        UserTransaction& transaction);

}  // namespace roster::storage
