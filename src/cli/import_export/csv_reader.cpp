#include "cli/import_export/csv_record.hpp"
#include "cli/import_export/user_readers.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace roster::cli {
namespace {

// nullptr for a column that is ignored.
using Column = const UserMemberRow*;

Column find_column(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
    const Column column = find_user_member(lower);
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

class CsvReader final : public UserReader {
  public:
    CsvReader(LineSource& lines, bool ignores_unknown)
        : records_(lines), ignores_unknown_(ignores_unknown) {}

    result<std::optional<Imported>> next() override {
        if (is_ended_) return std::optional<Imported>{};
        if (columns_.empty()) {
            auto header = read_header();
            if (!header || is_ended_) return header;
        }
        return read_record([this](const CsvRecord& record) { return to_user(record); });
    }

  private:
    // Returns what `use` makes of the next record.
    template <class Use>
    result<std::optional<Imported>> read_record(Use use) {
        const auto got = records_.next();
        if (!got) return got.error();
        std::optional<Imported> read;
        if (*got == CsvRecordReader::Got::problem) read = records_.problem();
        if (*got == CsvRecordReader::Got::record) read = use(records_.record());
        const auto* problem = read ? std::get_if<LineProblem>(&*read) : nullptr;
        is_ended_ = *got == CsvRecordReader::Got::end ||
                    (problem != nullptr && problem->kind == LineProblem::Kind::ends_reading);
        return read;
    }

    result<std::optional<Imported>> read_header() {
        return read_record([this](const CsvRecord& header) -> std::optional<Imported> {
            const std::string wrong = take_header(header);
            if (wrong.empty()) return std::nullopt;
            return LineProblem(header.line(), wrong, LineProblem::Kind::ends_reading);
        });
    }

    std::string take_header(const CsvRecord& header) {
        for (std::size_t i = 0; i < header.size(); ++i) {
            const Column column = find_column(header.cell(i));
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
            return LineProblem(record.line(), std::to_string(record.size()) +
                                                  " cells, where the header has " +
                                                  std::to_string(columns_.size()) +
                                                  "; put cells with commas into quotes");
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
    std::vector<Column> columns_;
    bool is_ended_ = false;
};

}  // namespace

std::unique_ptr<UserReader> make_csv_reader(LineSource& lines, bool ignores_unknown) {
    return std::make_unique<CsvReader>(lines, ignores_unknown);
}

}  // namespace roster::cli
