// Files that users are imported from. The first byte of an input chooses how it is read.

#include "import_export/line_source.hpp"
#include "import_export/user_lines.hpp"
#include "import_export/user_readers.hpp"

#include "fuzz/require.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace roster;
using namespace roster::import_export;
using fuzz::require;

using All = std::vector<Imported>;

All read_all(std::string_view text, std::size_t piece_bytes, std::optional<InputFormat> format,
             bool ignores_unknown) {
    LineSource lines([text, piece_bytes](std::span<char> room) mutable -> result<std::size_t> {
        const std::size_t count = std::min({piece_bytes, room.size(), text.size()});
        std::copy_n(text.begin(), count, room.begin());
        text.remove_prefix(count);
        return count;
    });
    All all;
    std::size_t line = 0;
    const auto read = read_users(lines, format, ignores_unknown, [&](Imported imported) {
        all.push_back(std::move(imported));
        const std::size_t at = std::visit([](const auto& one) { return one.line; }, all.back());
        require(at >= line, "lines are read in order");
        line = at;
    });
    require(read.has_value(), "a source without errors has none");
    return all;
}

User user_of(const ImportedUser& imported) {
    User user;
    user.id = imported.id.value_or(1);
    user.email = imported.email;
    user.password_hash = imported.password_hash;
    user.role = imported.role.value_or(user.role);
    user.disabled = imported.disabled;
    user.created_at = imported.created_at.value_or(std::chrono::sys_seconds());
    user.updated_at = imported.updated_at.value_or(user.created_at);
    user.metadata = imported.metadata;
    user.profile = imported.profile;
    user.last_login_at = imported.last_login_at;
    return user;
}

std::string text_of(const Imported& one, InputFormat format) {
    if (const auto* problem = std::get_if<LineProblem>(&one)) {
        require(!problem->text.empty(), "a refusal says why");
        return std::to_string(problem->line) + ": " + problem->text;
    }
    const ExportedParts parts{true, false};
    std::string text;
    if (format == InputFormat::csv) {
        append_csv_header(text, parts);
        append_csv_user(text, user_of(std::get<ImportedUser>(one)), parts);
    } else {
        append_ndjson_user(text, user_of(std::get<ImportedUser>(one)), parts);
    }
    return text;
}

std::string text_of(const All& all) {
    std::string text;
    for (const Imported& one : all)
        text += text_of(one, InputFormat::ndjson) + "\n";
    return text;
}

// What is exported is what was imported.
void check_round_trip(const Imported& one, InputFormat format) {
    if (!std::holds_alternative<ImportedUser>(one)) return;
    const auto& user = std::get<ImportedUser>(one);
    require(user.password.empty() || user.password_hash.empty(), "one of the two");
    const std::string once = text_of(one, format);
    const All again = read_all(once, once.size(), format, false);
    require(again.size() == 1 && std::holds_alternative<ImportedUser>(again[0]),
            "what was exported can be imported");
    require(text_of(again[0], format) == once, "and says the same");
}

std::optional<InputFormat> format_of(std::uint8_t choice) {
    switch (choice % 4) {
        case 0: return InputFormat::ndjson;
        case 1: return InputFormat::csv;
        case 2: return InputFormat::htpasswd;
        default: return std::nullopt;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    const auto format = format_of(bytes[0]);
    const bool ignores_unknown = (bytes[0] & 4) != 0;
    const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    const All all = read_all(text, size, format, ignores_unknown);
    require(text_of(all) == text_of(read_all(text, 1 + bytes[0] % 7, format, ignores_unknown)),
            "in which pieces the bytes come makes no difference");
    // A reader takes a megabyte each time: only the last user goes the whole way.
    if (all.empty()) return 0;
    check_round_trip(all.back(), InputFormat::ndjson);
    check_round_trip(all.back(), InputFormat::csv);
    return 0;
}
