#pragma once

// The first half of an import: every line is read and checked, against the others and against the
// store, before anything is changed.

#include <roster/store.hpp>

#include "cli/import_export/import_plan.hpp"
#include "cli/import_export/imported_user.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <string_view>

namespace roster::cli {

struct ImportRules {
    ImportRules() = default;

    /// What a plain password must be like; anything if empty.
    std::function<result<void>(const Secret& password, std::string_view email)> check_password;
    /// A user whose e-mail the store has is passed over; otherwise that is a conflict.
    bool passes_over_existing = false;
    /// Ids of the file count for nothing.
    bool gives_new_ids = false;
};

/// Lines, counted.
struct ImportCount {
    std::size_t users = 0;
    std::size_t invalid = 0;
    std::size_t conflicts = 0;
    std::size_t passed_over = 0;
    bool is_reading_ended = false;

    std::size_t refused() const noexcept { return invalid + conflicts; }
};

/// Lifetime: the reader and the store outlive it.
class ImportReading {
  public:
    /// Called for each line that is refused or passed over, in the file's order.
    using Report = std::function<void(const LineProblem& problem)>;
    /// Called for each line that was read.
    using Tick = std::function<void()>;

    ImportReading(UserReader& reader, Store& store, ImportRules rules, Report report, Tick tick);

    /// Errors: what the source of the lines says, `store_unavailable`.
    boost::asio::awaitable<result<ImportCount>> run();

    /// What `run` found good.
    ImportPlan& plan() noexcept { return plan_; }

  private:
    boost::asio::awaitable<result<void>> take(ImportedUser user);
    std::optional<LineProblem> find_fault(const ImportedUser& user) const;
    boost::asio::awaitable<result<UserId>> highest_id();
    void refuse(const LineProblem& problem);

    UserReader& reader_;
    Store& store_;
    const ImportRules rules_;
    const Report report_;
    const Tick tick_;
    ImportPlan plan_;
    ImportCount count_;
    UserId highest_id_ = 0;
};

}  // namespace roster::cli
