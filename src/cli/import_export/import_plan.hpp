#pragma once

// What an import is about to do: users that do not clash with each other, in the order in which a
// store takes them. Knows no store.

#include "cli/import_export/imported_user.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace roster::cli {

class ImportPlan {
  public:
    /// Why the user clashes with one that is planned already; names both lines.
    std::optional<LineProblem> find_clash(const ImportedUser& user) const;

    /// Requires: `find_clash` found nothing.
    void add(ImportedUser user);

    /// In the order of their ids, which stores require; those without one follow in the file's
    /// order. The plan is empty afterwards.
    std::vector<ImportedUser> take();

  private:
    std::vector<ImportedUser> users_;
    std::unordered_map<std::string, std::size_t> line_of_email_;
    std::unordered_map<UserId, std::size_t> line_of_id_;
};

}  // namespace roster::cli
