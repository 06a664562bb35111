#include "cli/import_export/user_readers.hpp"
#include "core/text.hpp"

#include <array>
#include <utility>

namespace roster::cli {
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

// Looks at the first line when it is asked for the first user.
class GuessingReader final : public UserReader {
  public:
    GuessingReader(LineSource& lines, bool ignores_unknown)
        : lines_(lines), ignores_unknown_(ignores_unknown) {}

    result<std::optional<Imported>> next() override {
        if (is_ended_) return std::optional<Imported>{};
        if (reader_) return reader_->next();
        auto problem = choose();
        if (!problem) return problem.error();
        is_ended_ = !reader_;
        if (*problem) return std::optional<Imported>(std::move(**problem));
        return next();
    }

  private:
    result<std::optional<LineProblem>> choose() {
        for (;;) {
            const auto line = lines_.next();
            if (!line) return line.error();
            if (!*line) return std::optional<LineProblem>{};
            const std::string_view text = without_carriage_return((*line)->text);
            if (text.find_first_not_of(" \t") == std::string_view::npos) continue;
            return choose_by(**line, text);
        }
    }

    std::optional<LineProblem> choose_by(const SourceLine& line, std::string_view text) {
        if (line.is_too_long) return too_long(line);
        constexpr auto kEnds = LineProblem::Kind::ends_reading;
        if (auto bad = find_bad_bytes(text))
            return LineProblem(line.number, std::move(*bad), kEnds);
        if (text == "{" || text == "[")
            return LineProblem(line.number,
                               "JSON over several lines; write one object a line. A users "
                               "file of roster needs no import: use --store json:FILE",
                               kEnds);
        const auto format = guess_input_format(text);
        if (!format)
            return LineProblem(line.number,
                               "neither an object, nor a header with a column email, nor "
                               "NAME:HASH; say the format with --input-format",
                               kEnds);
        lines_.put_back();
        reader_ = make_user_reader(lines_, format, ignores_unknown_);
        return std::nullopt;
    }

    LineSource& lines_;
    const bool ignores_unknown_;
    std::unique_ptr<UserReader> reader_;
    bool is_ended_ = false;
};

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

std::unique_ptr<UserReader> make_user_reader(LineSource& lines, std::optional<InputFormat> format,
                                             bool ignores_unknown) {
    if (!format) return std::make_unique<GuessingReader>(lines, ignores_unknown);
    switch (*format) {
        case InputFormat::ndjson: return make_ndjson_reader(lines, ignores_unknown);
        case InputFormat::csv: return make_csv_reader(lines, ignores_unknown);
        case InputFormat::htpasswd: return make_htpasswd_reader(lines);
    }
    return nullptr;
}

}  // namespace roster::cli
