// A cursor is the number of a line and the byte at which it begins, "17-4096": the page goes on
// before it. The number tells the file, which a rotation may have renamed meanwhile.

#include "audit/audit_reader.hpp"

#include "audit/audit_file.hpp"
#include "audit/audit_format.hpp"
#include "core/json/json_parser.hpp"
#include "core/time.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace roster::audit {
namespace {

constexpr std::uint64_t kMostScannedBytes = std::uint64_t{4} * 1024 * 1024;
constexpr std::size_t kMostPageBytes = std::size_t{512} * 1024;
constexpr std::size_t kChunkBytes = std::size_t{64} * 1024;
// Lines are not in the order of their times: those that sum a flood up are written later.
constexpr std::chrono::hours kMostDelay{24};

struct Place {
    std::uint64_t seq = 0;
    std::uint64_t offset = 0;
};

std::optional<Place> parse_cursor(std::string_view text) {
    const std::size_t dash = std::min(text.find('-'), text.size());
    const auto seq = parse_decimal(text.substr(0, dash));
    const auto offset = parse_decimal(text.substr(std::min(dash + 1, text.size())));
    if (!seq || !offset) return std::nullopt;
    return Place{*seq, *offset};
}

// Lines of a file from an offset, where a line begins, back to the first one.
class BackwardReader {
  public:
    BackwardReader(File& file, std::uint64_t end) : file_(file), begin_(end) {}

    /// Where the last line begins.
    std::uint64_t offset() const noexcept { return begin_ + bytes_.size(); }

    /// The line before, without its newline; `nullopt` before the first one. What has no newline
    /// yet at the end is no line.
    result<std::optional<std::string>> next() {
        for (;;) {
            const std::size_t end = bytes_.rfind('\n');
            const std::size_t before =
                end == 0 || end == bytes_.npos ? bytes_.npos : bytes_.rfind('\n', end - 1);
            if (end != bytes_.npos && (before != bytes_.npos || begin_ == 0)) {
                const std::size_t line = before == bytes_.npos ? 0 : before + 1;
                std::optional<std::string> text = bytes_.substr(line, end - line);
                bytes_.resize(line);
                return text;
            }
            if (begin_ == 0) return std::optional<std::string>();
            if (bytes_.size() > 2 * kChunkBytes) bytes_.clear();  // no line is as long
            if (const auto filled = fill(); !filled) return filled.error();
        }
    }

  private:
    result<void> fill() {
        std::string chunk(static_cast<std::size_t>(std::min<std::uint64_t>(kChunkBytes, begin_)),
                          '\0');
        std::size_t got = 0;
        while (got < chunk.size()) {
            const auto more =
                file_.read_at(begin_ - chunk.size() + got, std::span(chunk).subspan(got));
            if (!more) return more.error();
            if (*more == 0) return make_error_code(boost::system::errc::io_error);
            got += *more;
        }
        begin_ -= chunk.size();
        bytes_.insert(0, chunk);
        return {};
    }

    File& file_;
    /// Of `bytes_` in the file.
    std::uint64_t begin_;
    std::string bytes_;
};

class PageReader {
  public:
    PageReader(FileSystem& files, const AuditQuery& query) : files_(files), query_(query) {}

    result<AuditPage> read(const std::string& path) {
        if (!query_.cursor.empty()) {
            from_ = parse_cursor(query_.cursor);
            if (!from_) return Errc::invalid_request;
        }
        // The present file is opened before the others are listed: a rotation between the two only
        // names it twice.
        auto present = files_.open(path, OpenMode::read);
        if (!present && !is_not_found(present.error())) return present.error();
        const auto rotated = list_rotated(files_, path);
        if (!rotated) return rotated.error();
        if (!present && rotated->empty()) return present.error();
        std::optional<std::uint64_t> present_seq;
        if (present) {
            const auto seq = first_seq(**present);
            if (!seq) return seq.error();
            present_seq = *seq;
        }
        if (present_seq && is_wanted(*present_seq))
            if (const auto done = read_file(**present); !done) return done.error();
        for (auto file = rotated->rbegin(); file != rotated->rend() && !is_full_; ++file) {
            if (file->first_seq == present_seq || !is_wanted(file->first_seq)) continue;
            const auto opened = files_.open(file->path, OpenMode::read);
            if (!opened && is_not_found(opened.error())) break;  // removed, and so are older ones
            if (!opened) return opened.error();
            if (const auto done = read_file(**opened); !done) return done.error();
        }
        return std::move(page_);
    }

  private:
    // Of the first line that is whole; `nullopt` for an empty file. `bad_message`: it has lines,
    // but not those of an audit log.
    static result<std::optional<std::uint64_t>> first_seq(File& file) {
        std::string begin(2 * kMaxAuditLineBytes, '\0');
        const auto got = file.read_at(0, begin);
        if (!got) return got.error();
        begin.resize(*got);
        bool has_lines = false;
        for (std::size_t at = 0, end; (end = begin.find('\n', at)) != begin.npos; at = end + 1) {
            if (const auto line = parse_audit_line(begin.substr(at, end - at)))
                return std::optional(line->seq);
            has_lines = true;
        }
        if (has_lines) return make_error_code(boost::system::errc::bad_message);
        return std::optional<std::uint64_t>();
    }

    // Whether a file that begins with this line has some that are asked for.
    bool is_wanted(std::uint64_t seq) const noexcept { return !from_ || seq < from_->seq; }

    result<void> read_file(File& file) {
        const auto info = file.info();
        if (!info) return info.error();
        std::uint64_t end = info->size_bytes;
        if (from_) {
            // The first file that has older lines is the one that the cursor is in, or the next
            // older one, if the cursor is at the beginning of a file.
            if (from_->offset > 0) end = std::min(end, from_->offset);
            from_->offset = 0;
        }
        BackwardReader lines(file, end);
        const std::uint64_t scanned_before = scanned_;
        while (!is_full_) {
            const auto line = lines.next();
            if (!line) return line.error();
            if (!*line) return {};
            scanned_ = scanned_before + (end - lines.offset());
            take(**line, lines.offset());
        }
        return {};
    }

    void take(const std::string& line, std::uint64_t offset) {
        const auto read = parse_audit_line(line);
        if (!read) return;
        const auto time = parse_rfc3339(read->time);
        if (query_.since && *time < *query_.since - kMostDelay) {
            is_full_ = true;
            return;
        }
        if (matches(line, *time)) {
            page_bytes_ += line.size();
            page_.lines.push_back(line);
        }
        is_full_ = page_.lines.size() >= query_.limit || page_bytes_ >= kMostPageBytes ||
                   scanned_ >= kMostScannedBytes;
        if (is_full_ && read->seq > 1)
            page_.next_cursor = std::to_string(read->seq) + "-" + std::to_string(offset);
    }

    bool matches(const std::string& line, std::chrono::sys_seconds time) const {
        if (query_.since && time < *query_.since) return false;
        if (query_.until && time > *query_.until) return false;
        const std::array<std::pair<const char*, const std::string*>, 5> wanted{
            {{"actor", &query_.actor},
             {"action", &query_.action},
             {"outcome", &query_.outcome},
             {"address", &query_.address},
             {"request_id", &query_.request_id}}};
        const auto value = boost::json::parse(line);
        const auto has = [&value](const auto& member) {
            const auto& [name, text] = member;
            const auto* found = text->empty() ? nullptr : value.as_object().if_contains(name);
            return text->empty() ||
                   (found != nullptr && found->is_string() && found->get_string() == *text);
        };
        return std::all_of(wanted.begin(), wanted.end(), has);
    }

    FileSystem& files_;
    const AuditQuery& query_;
    std::optional<Place> from_;
    AuditPage page_;
    std::size_t page_bytes_ = 0;
    std::uint64_t scanned_ = 0;
    bool is_full_ = false;
};

}  // namespace

result<AuditPage> read_audit_log(FileSystem& files, const std::string& path,
                                 const AuditQuery& query) {
    return PageReader(files, query).read(path);
}

result<AuditPage> read_audit_log(const std::string& path, const AuditQuery& query) {
    return read_audit_log(*make_posix_file_system(), path, query);
}

}  // namespace roster::audit
