#pragma once

// CSV text <-> records of cells. Knows no user.
// Source: RFC 4180; lines may also end with LF alone.

#include "cli/import_export/imported_user.hpp"
#include "cli/import_export/line_source.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace roster::cli {

class CsvRecord {
  public:
    CsvRecord() = default;
    CsvRecord(const CsvRecord&) = delete;
    CsvRecord& operator=(const CsvRecord&) = delete;
    ~CsvRecord();

    std::size_t size() const noexcept { return ends_.size(); }
    std::string_view cell(std::size_t index) const noexcept;

    /// The line on which it begins.
    std::size_t line() const noexcept { return line_; }

  private:
    friend class CsvRecordReader;

    void begin(std::size_t line);

    std::size_t line_ = 0;
    // The cells, one behind the other, and where each ends.
    std::string text_;
    std::vector<std::size_t> ends_;
};

/// Lifetime: the lines outlive the reader.
class CsvRecordReader {
  public:
    explicit CsvRecordReader(LineSource& lines) : lines_(lines) {}

    /// Empty lines between records are skipped.
    enum class Got { record, end, problem };

    /// Fills `record()` or `problem()`. A quote out of place always ends the reading: where the
    /// next record begins is not known then. Errors: of the source of the lines.
    result<Got> next();

    const CsvRecord& record() const noexcept { return record_; }
    const LineProblem& problem() const noexcept { return problem_; }

  private:
    enum class State { cell_begins, plain, quoted, quote_in_quoted };

    std::optional<std::string> take_line(const SourceLine& line);
    std::optional<std::string> take(char c);
    bool has_room_for(std::size_t bytes) const noexcept;
    void end_cell();
    Got refuse(std::size_t line, std::string text, LineProblem::Kind kind);

    LineSource& lines_;
    CsvRecord record_;
    LineProblem problem_{0, {}};
    State state_ = State::cell_begins;
};

/// Appends a cell, in quotes where it needs them.
void append_csv_cell(std::string& out, std::string_view cell);

}  // namespace roster::cli
