#include "import_export/user_readers.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace roster::import_export {
namespace {

constexpr std::array<std::pair<std::string_view, InputFormat>, 3> kNames{{
    {"ndjson", InputFormat::ndjson},
    {"csv", InputFormat::csv},
    {"htpasswd", InputFormat::htpasswd},
}};

std::string_view without_quotes(std::string_view cell) noexcept {
    const bool is_quoted = cell.size() >= 2 && cell.front() == '"' && cell.back() == '"';
    return is_quoted ? cell.substr(1, cell.size() - 2) : cell;
}

// A separator that is not a comma is found, too, so that the reader of CSV can say what is wrong.
bool names_column_email(std::string_view header) noexcept {
    while (!header.empty()) {
        const std::size_t size = std::min(header.find_first_of(",;\t"), header.size());
        if (equals_ignoring_case(without_quotes(header.substr(0, size)), "email")) return true;
        header.remove_prefix(std::min(size + 1, header.size()));
    }
    return false;
}

constexpr std::string_view kRename = "; rename it";

std::string_view what_to_do(std::string_view line, const UserParser& parser) {
    if (!parser.problem() || line.find_first_not_of(" \t") == line.find('['))
        return "; every line must be one whole JSON object, without [ ] around all of them";
    const bool is_unknown = parser.problem()->text.ends_with(names_of(kImportedUser.members));
    return is_unknown ? kRename : "";
}

bool is_des_crypt(std::string_view hash) noexcept {
    constexpr std::size_t kSize = 13;
    return hash.size() == kSize && std::all_of(hash.begin(), hash.end(), [](char c) {
               const char lower = ascii_lower(c);
               return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '.' || c == '/';
           });
}

// htpasswd itself still writes these; each can be guessed too fast.
std::optional<std::string> why_too_weak(std::string_view hash) {
    std::string_view kind;
    if (hash.starts_with("$apr1$"))
        kind = "$apr1$ (a thousand rounds of MD5)";
    else if (hash.starts_with("{SHA}"))
        kind = "{SHA} (SHA-1 without a salt)";
    else if (is_des_crypt(hash))
        kind = "crypt with DES (the first eight letters only)";
    else
        return std::nullopt;
    return "the hash is " + std::string(kind) +
           ", which is too weak to be taken; leave the line out and add the user with a new "
           "password";
}

bool is_blank(std::string_view text) noexcept {
    return text.find_first_not_of(" \t") == std::string_view::npos;
}

// Chooses the format by the first line that is not blank, which is read again; nullopt if there is
// none, or it is refused.
result<std::optional<InputFormat>> choose_format(LineSource& lines, const TakeImported& take) {
    for (;;) {
        const auto line = lines.next();
        if (!line) return line.error();
        if (!*line) return std::optional<InputFormat>();
        const std::string_view text = without_carriage_return((*line)->text);
        if (is_blank(text)) continue;
        const auto refuse = [&](std::string why) {
            take(LineProblem((*line)->number, std::move(why), LineProblem::Kind::ends_reading));
            return std::optional<InputFormat>();
        };
        if ((*line)->is_too_long) return refuse(std::string(kTooLong));
        if (auto bad = find_bad_bytes(text)) return refuse(std::move(*bad));
        if (text == "{" || text == "[")
            return refuse(
                "JSON over several lines; write one object a line. A users file of roster needs "
                "no import: use --store json:FILE");
        const auto format = guess_input_format(text);
        if (!format)
            return refuse(
                "neither an object, nor a header with a column email, nor NAME:HASH; say the "
                "format with --input-format");
        lines.put_back();
        return format;
    }
}

// Hands over what `parse` makes of each line that is not blank.
template <class Parse>
result<void> read_lines(LineSource& lines, const TakeImported& take, Parse parse) {
    for (;;) {
        const auto line = lines.next();
        if (!line) return line.error();
        if (!*line) return {};
        const std::string_view text = without_carriage_return((*line)->text);
        const std::size_t number = (*line)->number;
        if ((*line)->is_too_long)
            take(LineProblem(number, std::string(kTooLong), LineProblem::Kind::ends_reading));
        else if (!is_blank(text))
            parse(text, number);
    }
}

}  // namespace

std::optional<InputFormat> parse_input_format(std::string_view name) noexcept {
    for (const auto& [known, format] : kNames)
        if (known == name) return format;
    return std::nullopt;
}

std::optional<InputFormat> guess_input_format(std::string_view line) noexcept {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return std::nullopt;
    // A list is no NDJSON, but its reader knows to say what to do.
    if (line[begin] == '{' || line[begin] == '[') return InputFormat::ndjson;
    if (names_column_email(line)) return InputFormat::csv;
    if (line[begin] == '#' || line.find(':') != std::string_view::npos)
        return InputFormat::htpasswd;
    return std::nullopt;
}

result<void> read_users(LineSource& lines, std::optional<InputFormat> format, bool ignores_unknown,
                        const TakeImported& take) {
    if (!format) {
        const auto chosen = choose_format(lines, take);
        if (!chosen) return chosen.error();
        if (!*chosen) return {};
        format = *chosen;
    }
    switch (*format) {
        case InputFormat::csv: return read_csv_users(lines, ignores_unknown, take);
        case InputFormat::ndjson:
            return read_lines(lines, take, [&](std::string_view line, std::size_t number) {
                take(parse_ndjson_user(line, number, ignores_unknown));
            });
        case InputFormat::htpasswd:
            return read_lines(lines, take, [&](std::string_view line, std::size_t number) {
                const bool is_comment = line.starts_with('#');
                if (!is_comment) take(parse_htpasswd_user(line, number));
            });
    }
    return {};
}

Imported parse_ndjson_user(std::string_view line, std::size_t number, bool ignores_unknown) {
    if (auto bad = find_bad_bytes(line)) return LineProblem(number, std::move(*bad));
    UserShape shape = kImportedUser;
    if (ignores_unknown) shape.unknown = UserShape::Unknown::skip;
    UserParser parser(shape);
    if (const auto problem = parse_json(line, parser)) {
        const std::string_view what = what_to_do(line, parser);
        LineProblem wrong(number, "column " + std::to_string(problem->location.column.value_or(1)) +
                                      ": " + problem->text);
        wrong.text += what;
        if (what == kRename) wrong.or_use(", or ignore it with --ignore-unknown");
        return wrong;
    }
    if (parser.has(UserMember::password_hash) && parser.user().password_hash.empty())
        return LineProblem(number, "password_hash is empty; leave it out");
    return check_imported(std::move(parser.user()), number);
}

Imported parse_htpasswd_user(std::string_view line, std::size_t number) {
    if (auto bad = find_bad_bytes(line)) return LineProblem(number, std::move(*bad));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
        return LineProblem(number, "no colon; a line must be NAME:HASH");
    const std::string_view hash = line.substr(colon + 1);
    if (hash.find(':') != std::string_view::npos)
        return LineProblem(
            number, is_hash_like(hash.substr(0, hash.find(':')))
                        ? "more than NAME:HASH; keep these two fields"
                        : "more than NAME:HASH; a file of htdigest holds no hashes that can be "
                          "taken");
    if (auto weak = why_too_weak(hash)) return LineProblem(number, std::move(*weak));
    if (!is_hash_like(hash))
        return LineProblem(number,
                           "what follows the colon is not a hash that roster knows; import plain "
                           "passwords as CSV or NDJSON");
    if (auto refused = why_hash_refused(hash)) return LineProblem(number, "the hash " + *refused);
    ParsedUser user;
    user.email = line.substr(0, colon);
    user.password_hash = Secret(hash);
    return check_imported(std::move(user), number);
}

}  // namespace roster::import_export
