#pragma once

// What an import does before anything is changed: every user is checked against the others and
// against the store, and plain passwords become hashes.

#include <roster/store_types.hpp>

#include "import_export/imported_user.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace roster::import_export {

/// What a plan asks of the store.
class ExistingUsers {
  public:
    virtual ~ExistingUsers() = default;

    /// The user with this e-mail; otherwise with this username. `nullopt` if there is no such user.
    virtual std::optional<User> find_by_login(const std::string& login) = 0;

    /// The first `limit` users with an id above `after`, by id. An empty page is the end.
    virtual std::vector<User> list(UserId after, std::size_t limit) = 0;
};

struct ImportRules {
    ImportRules() = default;

    /// The policy for plain passwords.
    std::function<result<void>(const Secret& password, std::string_view email)> check_password;
    /// Take what looks like an unsalted hash for the plain password that the line says it is.
    bool takes_bare_hashes = false;
    /// Skip a user whose e-mail the store has; otherwise that is a conflict.
    bool skips_existing = false;
    /// Ignore the ids of the file.
    bool gives_new_ids = false;
};

/// Lines, counted.
struct ImportCount {
    std::size_t users = 0;
    std::size_t invalid = 0;
    std::size_t conflicts = 0;
    std::size_t skipped = 0;
    bool is_reading_ended = false;

    std::size_t refused() const noexcept { return invalid + conflicts; }
};

/// Lifetime: the existing users outlive it.
class ImportPlan {
  public:
    /// Called for each line that is refused or skipped, in the file's order.
    using Report = std::function<void(const LineProblem& problem)>;

    ImportPlan(ExistingUsers& existing, ImportRules rules, Report report);

    /// Adds a user that is valid and clashes with no other, or reports why not.
    /// Throws: as the existing users.
    void take(Imported imported);

    const ImportCount& count() const noexcept { return count_; }

    /// By id, as a store requires; those without an id follow in the file's order. Call it once.
    std::vector<ImportedUser> take_users();

  private:
    void take_user(ImportedUser user);
    std::optional<LineProblem> find_fault(const ImportedUser& user) const;
    UserId highest_id() const;
    void refuse(const LineProblem& problem);

    ExistingUsers& existing_;
    const ImportRules rules_;
    const Report report_;
    const UserId highest_id_;
    std::vector<ImportedUser> users_;
    // By folded e-mail or username.
    std::unordered_map<std::string, std::size_t> line_of_login_;
    std::unordered_map<UserId, std::size_t> line_of_id_;
    ImportCount count_;
};

/// Requires: its password is hashed.
CreateUser to_create(ImportedUser user);

/// Called from several threads.
using HashPassword = std::function<result<Secret>(const Secret& password)>;

/// Called now and then, and at the end, on the thread of the caller.
using HashingProgress = std::function<void(std::size_t done, std::size_t total)>;

/// Replaces every plain password with its hash. `threads` 0: as many as there are cores.
/// Errors: one that `hash` returned; some passwords are hashed then, and some are not.
result<void> hash_passwords(std::vector<ImportedUser>& users, const HashPassword& hash,
                            const HashingProgress& progress, std::size_t threads = 0);

}  // namespace roster::import_export
