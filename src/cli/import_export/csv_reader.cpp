#include "cli/import_export/csv_record.hpp"
#include "cli/import_export/user_fields.hpp"
#include "cli/import_export/user_readers.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace roster::cli {
namespace {

std::string in_lower_case(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
    return lower;
}

class CsvReader final : public UserReader {
  public:
    CsvReader(LineSource& lines, bool ignores_unknown)
        : records_(lines), ignores_unknown_(ignores_unknown) {}

    result<std::optional<Imported>> next() override {
        if (is_ended_) return std::optional<Imported>{};
        auto read = columns_.empty() ? read_header() : read_user();
        if (!read) return read.error();
        const auto* problem = *read ? std::get_if<LineProblem>(&**read) : nullptr;
        is_ended_ =
            !*read || (problem != nullptr && problem->kind == LineProblem::Kind::ends_reading);
        return read;
    }

  private:
    using Column = std::optional<UserField>;

    result<std::optional<Imported>> read_header() {
        const auto got = records_.next();
        if (!got) return got.error();
        if (*got == CsvRecordReader::Got::end) return std::optional<Imported>{};
        if (*got == CsvRecordReader::Got::problem)
            return std::optional<Imported>(records_.problem());
        if (auto wrong = take_header(records_.record()))
            return std::optional<Imported>(LineProblem(records_.record().line(), std::move(*wrong),
                                                       LineProblem::Kind::ends_reading));
        return read_user();
    }

    result<std::optional<Imported>> read_user() {
        const auto got = records_.next();
        if (!got) return got.error();
        if (*got == CsvRecordReader::Got::end) return std::optional<Imported>{};
        if (*got == CsvRecordReader::Got::problem)
            return std::optional<Imported>(records_.problem());
        return std::optional<Imported>(to_user(records_.record()));
    }

    std::optional<std::string> take_header(const CsvRecord& header) {
        for (std::size_t i = 0; i < header.size(); ++i) {
            const Column column = parse_user_field(in_lower_case(header.cell(i)));
            if (!column && !ignores_unknown_) return unknown_column(header, i);
            if (column && std::find(columns_.begin(), columns_.end(), column) != columns_.end())
                return "the header names the column " + std::string(to_string(*column)) +
                       " twice; remove one";
            columns_.push_back(column);
        }
        if (std::find(columns_.begin(), columns_.end(), UserField::email) == columns_.end())
            return "the header, the first row, names no column email; it may name " +
                   std::string(names_of_user_fields());
        return std::nullopt;
    }

    static std::string unknown_column(const CsvRecord& header, std::size_t index) {
        const std::string_view name = header.cell(index);
        if (header.size() == 1 && name.find_first_of(";\t") != std::string_view::npos)
            return "the columns are not separated by commas; save the file with commas";
        return "column " + std::to_string(index + 1) + ": " + unknown_field(name);
    }

    // An empty cell says nothing of its column.
    Imported to_user(const CsvRecord& record) const {
        if (record.size() != columns_.size())
            return LineProblem(record.line(), std::to_string(record.size()) +
                                                  " cells, where the header has " +
                                                  std::to_string(columns_.size()) +
                                                  "; put cells with commas into quotes");
        ImportedUserParser draft;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (!columns_[i] || record.cell(i).empty()) continue;
            if (auto problem = draft.set(*columns_[i], record.cell(i)))
                return LineProblem(record.line(), std::move(*problem));
        }
        return draft.finish(record.line());
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
