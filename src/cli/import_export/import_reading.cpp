#include "cli/import_export/import_reading.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <utility>

namespace roster::cli {
namespace {

bool is_stored_before(const ImportedUser& a, const ImportedUser& b) noexcept {
    if (a.id && b.id) return *a.id < *b.id;
    return a.id.has_value() && !b.id.has_value();
}

}  // namespace

std::optional<LineProblem> ImportPlan::find_clash(const ImportedUser& user) const {
    const auto same_email = line_of_email_.find(fold_email(user.email));
    if (same_email != line_of_email_.end())
        return LineProblem(user.line, printable(user.email) + " is on line " +
                                          std::to_string(same_email->second) +
                                          " already; keep one of the two lines");
    if (!user.id) return std::nullopt;
    const auto same_id = line_of_id_.find(*user.id);
    if (same_id == line_of_id_.end()) return std::nullopt;
    return LineProblem(user.line, "id " + std::to_string(*user.id) + " is on line " +
                                      std::to_string(same_id->second) +
                                      " already; change or remove one of the two ids");
}

void ImportPlan::add(ImportedUser user) {
    line_of_email_.emplace(fold_email(user.email), user.line);
    if (user.id) line_of_id_.emplace(*user.id, user.line);
    users_.push_back(std::move(user));
}

std::vector<ImportedUser> ImportPlan::take() {
    std::stable_sort(users_.begin(), users_.end(), is_stored_before);
    line_of_email_.clear();
    line_of_id_.clear();
    return std::exchange(users_, {});
}

ImportReading::ImportReading(UserReader& reader, AdminView& view, ImportRules rules, Report report,
                             Tick tick)
    : reader_(reader),
      view_(view),
      rules_(std::move(rules)),
      report_(std::move(report)),
      tick_(std::move(tick)) {}

result<ImportCount> ImportReading::run() {
    highest_id_ = highest_id();
    for (;;) {
        auto read = reader_.next();
        if (!read) return read.error();
        if (!*read) return count_;
        tick_();
        if (const auto* problem = std::get_if<LineProblem>(&**read))
            refuse(*problem);
        else
            take(std::get<ImportedUser>(std::move(**read)));
    }
}

void ImportReading::take(ImportedUser user) {
    if (rules_.gives_new_ids) user.id.reset();
    if (const auto fault = find_fault(user)) return refuse(*fault);
    const auto holder = view_.find_by_email(user.email);
    const auto conflict = [&user](const std::string& text) {
        return LineProblem(user.line, text, LineProblem::Kind::conflict);
    };
    if (holder) {
        const std::string same =
            printable(user.email) + " is user " + std::to_string(holder->id) + " already";
        if (!rules_.skips_existing)
            return refuse(conflict(same + "; remove the line, or skip such lines with "
                                          "--existing skip"));
        ++count_.skipped;
        return report_(LineProblem(user.line, "skipped: " + same));
    }
    if (user.id && *user.id <= highest_id_)
        return refuse(conflict("id " + std::to_string(*user.id) +
                               ": the store has given ids up to " + std::to_string(highest_id_) +
                               " already; remove the ids, or import with --new-ids"));
    ++count_.users;
    plan_.add(std::move(user));
}

// Whatever can be seen without the store.
std::optional<LineProblem> ImportReading::find_fault(const ImportedUser& user) const {
    if (!user.password.empty() && rules_.check_password) {
        const auto checked = rules_.check_password(user.password, user.email);
        if (!checked)
            return LineProblem(user.line,
                               checked.error().message() + "; remove it, and set one afterwards");
    }
    return plan_.find_clash(user);
}

// By bisection: a view tells whether there is a user above an id.
UserId ImportReading::highest_id() {
    UserId low = 0;
    UserId high = kMaxNumber;
    while (low < high) {
        const UserId middle = low + (high - low) / 2;
        const auto above = view_.list(middle, 1);
        if (above.empty())
            high = middle;
        else
            low = above.front().id;
    }
    return low;
}

void ImportReading::refuse(const LineProblem& problem) {
    if (problem.kind == LineProblem::Kind::conflict)
        ++count_.conflicts;
    else
        ++count_.invalid;
    if (problem.kind == LineProblem::Kind::ends_reading) count_.is_reading_ended = true;
    report_(problem);
}

}  // namespace roster::cli
