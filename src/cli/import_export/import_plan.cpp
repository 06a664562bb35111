#include "cli/import_export/import_plan.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <utility>

namespace roster::cli {
namespace {

bool stands_before(const ImportedUser& a, const ImportedUser& b) noexcept {
    if (a.id && b.id) return *a.id < *b.id;
    return a.id.has_value() && !b.id.has_value();
}

}  // namespace

std::optional<LineProblem> ImportPlan::find_clash(const ImportedUser& user) const {
    const auto same_email = line_of_email_.find(fold_email(user.email));
    if (same_email != line_of_email_.end())
        return LineProblem(user.line, printable(user.email) + " stands on line " +
                                          std::to_string(same_email->second) +
                                          " already; keep one of the two lines");
    if (!user.id) return std::nullopt;
    const auto same_id = line_of_id_.find(*user.id);
    if (same_id == line_of_id_.end()) return std::nullopt;
    return LineProblem(user.line, "id " + std::to_string(*user.id) + " stands on line " +
                                      std::to_string(same_id->second) +
                                      " already; give one of the two another, or none");
}

void ImportPlan::add(ImportedUser user) {
    line_of_email_.emplace(fold_email(user.email), user.line);
    if (user.id) line_of_id_.emplace(*user.id, user.line);
    users_.push_back(std::move(user));
}

std::vector<ImportedUser> ImportPlan::take() {
    std::stable_sort(users_.begin(), users_.end(), stands_before);
    line_of_email_.clear();
    line_of_id_.clear();
    return std::exchange(users_, {});
}

}  // namespace roster::cli
