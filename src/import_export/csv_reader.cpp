#include <roster/secret.hpp>

#include "core/text.hpp"
#include "import_export/user_readers.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace roster::import_export {
namespace {

// The cells of one record, wiped afterwards.
class CsvRecord {
  public:
    CsvRecord() = default;
    CsvRecord(const CsvRecord&) = delete;
    CsvRecord& operator=(const CsvRecord&) = delete;
    ~CsvRecord() { wipe(text_.data(), text_.size()); }

    void begin(std::size_t line) {
        // A text that grows leaves its old bytes behind, unwiped.
        text_.reserve(LineSource::kMaxLineBytes);
        text_.clear();
        ends_.clear();
        line_ = line;
    }
    void append(char c) { text_ += c; }
    void end_cell() { ends_.push_back(text_.size()); }
    bool has_room_for(std::size_t bytes) const noexcept {
        return text_.size() + bytes <= LineSource::kMaxLineBytes;
    }

    std::size_t size() const noexcept { return ends_.size(); }
    std::string_view cell(std::size_t index) const noexcept {
        const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
        return std::string_view(text_).substr(begin, ends_[index] - begin);
    }
    // The line on which it begins.
    std::size_t line() const noexcept { return line_; }

  private:
    std::size_t line_ = 0;
    // The cells, one after the other, and where each ends.
    std::string text_;
    std::vector<std::size_t> ends_;
};

// Makes records of lines. Empty lines between records are skipped.
class CsvRecordReader {
  public:
    explicit CsvRecordReader(LineSource& lines) : lines_(lines) {}

    enum class Got { record, end, problem };

    // Fills `record()` or `problem()`. A quote out of place always ends the reading: where the next
    // record begins is not known then.
    result<Got> next();

    const CsvRecord& record() const noexcept { return record_; }
    const LineProblem& problem() const noexcept { return problem_; }

  private:
    enum class State { cell_begins, plain, quoted, quote_in_quoted };

    std::optional<std::string> take_line(const SourceLine& line);
    std::optional<std::string> take(char c);
    void end_cell() {
        record_.end_cell();
        state_ = State::cell_begins;
    }
    Got refuse(std::size_t line, std::string text) {
        problem_ = LineProblem(line, std::move(text), LineProblem::Kind::ends_reading);
        return Got::problem;
    }

    LineSource& lines_;
    CsvRecord record_;
    LineProblem problem_{0, {}};
    State state_ = State::cell_begins;
};

result<CsvRecordReader::Got> CsvRecordReader::next() {
    bool is_begun = false;
    for (;;) {
        const auto got = lines_.next();
        if (!got) return got.error();
        if (!*got && !is_begun) return Got::end;
        if (!*got)
            return refuse(record_.line(), "a quote is opened in this record and never closed");
        const SourceLine& line = **got;
        if (line.is_too_long || (is_begun && !record_.has_room_for(line.text.size() + 1)))
            return refuse(is_begun ? record_.line() : line.number,
                          "longer than 1 MiB; is a quote never closed?");
        if (!is_begun && without_carriage_return(line.text).empty()) continue;
        if (!is_begun) record_.begin(line.number);
        if (auto wrong = find_bad_bytes(line.text)) return refuse(line.number, std::move(*wrong));
        if (auto wrong = take_line(line)) return refuse(line.number, std::move(*wrong));
        is_begun = true;
        if (state_ == State::cell_begins) return Got::record;
    }
}

// A record ends with a line that does not end within quotes.
std::optional<std::string> CsvRecordReader::take_line(const SourceLine& line) {
    for (std::size_t i = 0; i < line.text.size(); ++i) {
        const bool is_end = i + 1 == line.text.size();
        if (line.text[i] == '\r' && is_end && state_ != State::quoted) break;
        if (auto wrong = take(line.text[i])) return wrong;
    }
    if (state_ == State::quoted) {
        if (line.has_line_feed) record_.append('\n');
        return std::nullopt;
    }
    end_cell();
    return std::nullopt;
}

std::optional<std::string> CsvRecordReader::take(char c) {
    if (state_ == State::quoted) {
        if (c == '"')
            state_ = State::quote_in_quoted;
        else
            record_.append(c);
        return std::nullopt;
    }
    if (c == ',') {
        end_cell();
    } else if (c == '"' && state_ == State::cell_begins) {
        state_ = State::quoted;
    } else if (c == '"' && state_ == State::quote_in_quoted) {
        record_.append(c);
        state_ = State::quoted;
    } else if (c == '"') {
        return "a quote is in a cell that does not begin with one; put the whole cell in "
               "quotes and double those within";
    } else if (state_ == State::quote_in_quoted) {
        return "something follows a closing quote; double the quotes within a cell";
    } else {
        record_.append(c);
        state_ = State::plain;
    }
    return std::nullopt;
}

// nullptr for a column that is ignored.
using MemberColumn = const UserMemberRow*;

MemberColumn find_column(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
    const MemberColumn column = find_user_member(lower);
    return column != nullptr && has(kImportedUser.members, column->member) ? column : nullptr;
}

// What is wrong with a cell; empty if it was taken.
std::string set_cell(ParsedUser& user, const UserMemberRow& column, std::string_view text) {
    if (column.member == UserMember::metadata) {
        auto compact = compact_metadata(text);
        if (const auto* problem = std::get_if<Diagnostic>(&compact))
            return "metadata: " + to_string(*problem);
        user.metadata = std::move(std::get<std::string>(compact));
        return "";
    }
    // A spreadsheet may fill ids up with zeros.
    if (column.kind == JsonKind::number)
        text.remove_prefix(std::min(text.find_first_not_of('0'), text.size() - 1));
    if (column.set(user, text)) return "";
    return std::string(column.name) + " " + std::string(column.rule);
}

class CsvReader {
  public:
    CsvReader(LineSource& lines, bool ignores_unknown)
        : records_(lines), ignores_unknown_(ignores_unknown) {}

    result<void> read(const TakeImported& take) {
        using Got = CsvRecordReader::Got;
        for (;;) {
            const auto got = records_.next();
            if (!got) return got.error();
            if (*got == Got::end) return {};
            const CsvRecord& record = records_.record();
            if (*got == Got::problem) return refuse(take, records_.problem());
            if (!columns_.empty()) {
                take(to_user(record));
                continue;
            }
            const std::string wrong = take_header(record);
            if (!wrong.empty())
                return refuse(take,
                              LineProblem(record.line(), wrong, LineProblem::Kind::ends_reading));
        }
    }

  private:
    static result<void> refuse(const TakeImported& take, LineProblem problem) {
        take(std::move(problem));
        return {};
    }

    std::string take_header(const CsvRecord& header) {
        for (std::size_t i = 0; i < header.size(); ++i) {
            const MemberColumn column = find_column(header.cell(i));
            if (column == nullptr && !ignores_unknown_) return unknown_column(header, i);
            if (column != nullptr &&
                std::find(columns_.begin(), columns_.end(), column) != columns_.end())
                return "the header names the column " + std::string(column->name) +
                       " twice; remove one";
            columns_.push_back(column);
        }
        if (std::find(columns_.begin(), columns_.end(), find_user_member("email")) ==
            columns_.end())
            return "the header, the first row, names no column email; it may name " +
                   names_of(kImportedUser.members);
        return "";
    }

    static std::string unknown_column(const CsvRecord& header, std::size_t index) {
        const std::string_view name = header.cell(index);
        if (header.size() == 1 && name.find_first_of(";\t") != std::string_view::npos)
            return "the columns are not separated by commas; save the file with commas";
        return "column " + std::to_string(index + 1) + ": '" + printable(name) +
               "' is not known here, only " + names_of(kImportedUser.members) +
               "; rename it, or ignore it with --ignore-unknown";
    }

    // An empty cell sets nothing.
    Imported to_user(const CsvRecord& record) const {
        if (record.size() != columns_.size())
            return LineProblem(
                record.line(),
                std::to_string(record.size()) + (record.size() == 1 ? " cell" : " cells") +
                    ", where the header has " + std::to_string(columns_.size()) +
                    (record.size() < columns_.size() ? "; a cell may be empty, its comma stays"
                                                     : "; put cells with commas into quotes"));
        ParsedUser user;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i] == nullptr || record.cell(i).empty()) continue;
            const std::string wrong = set_cell(user, *columns_[i], record.cell(i));
            if (!wrong.empty()) return LineProblem(record.line(), wrong);
        }
        return check_imported(std::move(user), record.line());
    }

    CsvRecordReader records_;
    const bool ignores_unknown_;
    std::vector<MemberColumn> columns_;
};

}  // namespace

result<void> read_csv_users(LineSource& lines, bool ignores_unknown, const TakeImported& take) {
    return CsvReader(lines, ignores_unknown).read(take);
}

}  // namespace roster::import_export
