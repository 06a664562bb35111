#include "storage/core/migrations.hpp"

#include <algorithm>
#include <cstddef>

namespace roster::storage {

std::string why_incompatible(const std::vector<AppliedMigration>& applied, Migrations known) {
    for (std::size_t i = 0; i < applied.size(); ++i) {
        const std::string name = full_name(applied[i].number, applied[i].name);
        if (applied[i].number != i + 1) return "records migrations with a gap before " + name;
        if (i >= known.size())
            return "was made by a newer roster (it has migration " + name +
                   ", which this one does not know); use that one";
        if (applied[i].name != known[i].name || applied[i].checksum != known[i].checksum)
            return "was made with another migration " + name + " than this roster's " +
                   full_name(known[i].number, known[i].name) +
                   "; use the roster that it was made with";
    }
    return {};
}

std::string full_name(unsigned number, std::string_view name) {
    const std::string digits = std::to_string(number);
    constexpr std::size_t kDigits = 4;
    return std::string(kDigits - std::min(digits.size(), kDigits), '0') + digits + "_" +
           std::string(name);
}

}  // namespace roster::storage
