#pragma once

// The first half of an import: every line is read and checked, against the others and against the
// store, before anything is changed.

#include "cli/admin/admin_api.hpp"
#include "cli/import_export/imported_user.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace roster::cli {

struct ImportRules {
    ImportRules() = default;

    /// The policy for plain passwords.
    std::function<result<void>(const Secret& password, std::string_view email)> check_password;
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

/// Users that do not clash with each other.
class ImportPlan {
  public:
    /// Why the user clashes with one that is planned already; names both lines.
    std::optional<LineProblem> find_clash(const ImportedUser& user) const;

    /// Requires: `find_clash` found nothing.
    void add(ImportedUser user);

    /// By id, as a store requires; those without an id follow in the file's order. The plan is
    /// empty afterwards.
    std::vector<ImportedUser> take();

  private:
    std::vector<ImportedUser> users_;
    std::unordered_map<std::string, std::size_t> line_of_email_;
    std::unordered_map<UserId, std::size_t> line_of_id_;
};

/// Lifetime: the reader and the view outlive it.
class ImportReading {
  public:
    /// Called for each line that is refused or skipped, in the file's order.
    using Report = std::function<void(const LineProblem& problem)>;
    /// Called for each line that was read.
    using Tick = std::function<void()>;

    ImportReading(UserReader& reader, AdminView& view, ImportRules rules, Report report, Tick tick);

    /// Errors: of the source of the lines. Throws: as the view.
    result<ImportCount> run();

    /// The users that `run` found valid.
    ImportPlan& plan() noexcept { return plan_; }

  private:
    void take(ImportedUser user);
    std::optional<LineProblem> find_fault(const ImportedUser& user) const;
    UserId highest_id();
    void refuse(const LineProblem& problem);

    UserReader& reader_;
    AdminView& view_;
    const ImportRules rules_;
    const Report report_;
    const Tick tick_;
    ImportPlan plan_;
    ImportCount count_;
    UserId highest_id_ = 0;
};

}  // namespace roster::cli
