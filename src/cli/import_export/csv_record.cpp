#include "cli/import_export/csv_record.hpp"

#include <roster/secret.hpp>

#include <utility>

namespace roster::cli {

CsvRecord::~CsvRecord() {
    wipe(text_.data(), text_.size());
}

std::string_view CsvRecord::cell(std::size_t index) const noexcept {
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(text_).substr(begin, ends_[index] - begin);
}

void CsvRecord::begin(std::size_t line) {
    // A text that grows leaves its old bytes behind, unwiped.
    text_.reserve(LineSource::kMaxLineBytes);
    text_.clear();
    ends_.clear();
    line_ = line;
}

result<CsvRecordReader::Got> CsvRecordReader::next() {
    bool is_begun = false;
    for (;;) {
        const auto got = lines_.next();
        if (!got) return got.error();
        if (!*got && !is_begun) return Got::end;
        if (!*got)
            return refuse(record_.line(), "a quote is opened in this record and never closed",
                          LineProblem::Kind::ends_reading);
        const SourceLine& line = **got;
        if (line.is_too_long || (is_begun && !has_room_for(line.text.size() + 1)))
            return refuse(is_begun ? record_.line() : line.number,
                          "longer than 1 MiB; is a quote never closed?",
                          LineProblem::Kind::ends_reading);
        if (!is_begun && without_carriage_return(line.text).empty()) continue;
        if (!is_begun) record_.begin(line.number);
        if (auto wrong = find_bad_bytes(line.text))
            return refuse(line.number, std::move(*wrong), LineProblem::Kind::ends_reading);
        if (auto wrong = take_line(line))
            return refuse(line.number, std::move(*wrong), LineProblem::Kind::ends_reading);
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
        if (line.has_line_feed) record_.text_ += '\n';
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
            record_.text_ += c;
        return std::nullopt;
    }
    if (c == ',') {
        end_cell();
    } else if (c == '"' && state_ == State::cell_begins) {
        state_ = State::quoted;
    } else if (c == '"' && state_ == State::quote_in_quoted) {
        record_.text_ += c;
        state_ = State::quoted;
    } else if (c == '"') {
        return "a quote is in a cell that does not begin with one; put the whole cell in "
               "quotes and double those within";
    } else if (state_ == State::quote_in_quoted) {
        return "something follows a closing quote; double the quotes within a cell";
    } else {
        record_.text_ += c;
        state_ = State::plain;
    }
    return std::nullopt;
}

bool CsvRecordReader::has_room_for(std::size_t bytes) const noexcept {
    return record_.text_.size() + bytes <= LineSource::kMaxLineBytes;
}

void CsvRecordReader::end_cell() {
    record_.ends_.push_back(record_.text_.size());
    state_ = State::cell_begins;
}

CsvRecordReader::Got CsvRecordReader::refuse(std::size_t line, std::string text,
                                             LineProblem::Kind kind) {
    problem_ = LineProblem(line, std::move(text), kind);
    return Got::problem;
}

void append_csv_cell(std::string& out, std::string_view cell) {
    if (cell.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += cell;
        return;
    }
    out += '"';
    for (const char c : cell) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

}  // namespace roster::cli
