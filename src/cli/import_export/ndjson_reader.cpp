#include "cli/import_export/user_readers.hpp"
#include "core/text.hpp"

#include <string>
#include <utility>

namespace roster::cli {
namespace {

class NdjsonReader final : public UserReader {
  public:
    NdjsonReader(LineSource& lines, bool ignores_unknown)
        : lines_(lines), ignores_unknown_(ignores_unknown) {}

    result<std::optional<Imported>> next() override {
        for (;;) {
            const auto line = lines_.next();
            if (!line) return line.error();
            if (!*line) return std::optional<Imported>{};
            if ((*line)->is_too_long) return std::optional<Imported>(too_long(**line));
            const std::string_view text = without_carriage_return((*line)->text);
            if (text.find_first_not_of(" \t") == std::string_view::npos) continue;
            return std::optional<Imported>(
                parse_ndjson_user(text, (*line)->number, ignores_unknown_));
        }
    }

  private:
    LineSource& lines_;
    const bool ignores_unknown_;
};

std::string what_to_do(std::string_view line, const UserParser& parser) {
    if (!parser.problem() || line.find_first_not_of(" \t") == line.find('['))
        return "; every line must be one whole JSON object, without [ ] around all of them";
    if (parser.problem()->text.ends_with(names_of(kImportedUser.members)))
        return "; rename it, or ignore it with --ignore-unknown";
    return "";
}

}  // namespace

Imported parse_ndjson_user(std::string_view line, std::size_t number, bool ignores_unknown) {
    if (auto bad = find_bad_bytes(line)) return LineProblem(number, std::move(*bad));
    UserShape shape = kImportedUser;
    if (ignores_unknown) shape.unknown = UserShape::Unknown::skip;
    UserParser parser(shape);
    if (const auto problem = parse_json(line, parser))
        return LineProblem(number, "column " +
                                       std::to_string(problem->location.column.value_or(1)) + ": " +
                                       problem->text + what_to_do(line, parser));
    if (parser.has(UserMember::password_hash) && parser.user().password_hash.empty())
        return LineProblem(number, "password_hash is empty; leave it out");
    return check_imported(std::move(parser.user()), number);
}

std::unique_ptr<UserReader> make_ndjson_reader(LineSource& lines, bool ignores_unknown) {
    return std::make_unique<NdjsonReader>(lines, ignores_unknown);
}

}  // namespace roster::cli
