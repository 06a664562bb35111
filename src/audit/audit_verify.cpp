#include "audit/audit_verify.hpp"

#include "audit/audit_file.hpp"
#include "audit/audit_format.hpp"
#include "core/files/file_system.hpp"

#include <boost/system/errc.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>
#include <thread>
#include <utility>

namespace roster::audit {
namespace {

constexpr std::size_t kMaxFindings = 100;
constexpr int kAttempts = 20;

// Reads a file line by line.
class LineReader {
  public:
    explicit LineReader(File& file) : file_(file), buffer_(std::size_t{256} * 1024, '\0') {}

    /// The next line without its newline; of a line that is too long only a part. False at the end
    /// of the file. An incomplete line is no line yet: the next call reads it again, because it may
    /// have changed.
    result<bool> next(std::string& line) {
        line.clear();
        for (std::uint64_t at = line_begin_;;) {
            if (at < chunk_begin_ || at >= chunk_begin_ + chunk_.size()) {
                const auto got = file_.read_at(at, std::span(buffer_));
                if (!got) return {boost::system::in_place_error, got.error()};
                chunk_ = std::string_view(buffer_).substr(0, *got);
                chunk_begin_ = at;
                is_incomplete_ = at > line_begin_;
                if (*got == 0) return false;
            }
            const std::string_view rest =
                chunk_.substr(static_cast<std::size_t>(at - chunk_begin_));
            const auto newline = rest.find('\n');
            const std::string_view part = rest.substr(0, newline);
            line += part.substr(0, kMaxAuditLineBytes + 1 - line.size());
            at += part.size();
            if (newline == std::string_view::npos) continue;
            line_begin_ = at + 1;
            return true;
        }
    }

    /// After `next` returned false: whether the file ends without a newline.
    bool is_incomplete() const noexcept { return is_incomplete_; }

  private:
    File& file_;
    std::string buffer_;
    std::string_view chunk_;
    std::uint64_t chunk_begin_ = 0;
    std::uint64_t line_begin_ = 0;
    bool is_incomplete_ = false;
};

struct OpenedPart {
    RotatedFile name;
    std::unique_ptr<File> file;
};

// All files as they were at one moment. Errors: also `device_or_resource_busy`, if there was a
// rotation meanwhile.
result<std::vector<OpenedPart>> try_open_all(FileSystem& files, const std::string& link) {
    const auto path = files.resolve(link);
    if (!path) return path.error();
    const auto busy = make_error_code(boost::system::errc::device_or_resource_busy);
    std::vector<OpenedPart> parts;
    auto current = files.open(*path, OpenMode::read);
    if (!current && !is_not_found(current.error())) return current.error();
    const auto rotated = list_rotated(files, link);
    if (!rotated) return rotated.error();
    for (const RotatedFile& name : *rotated) {
        auto file = files.open(name.path, OpenMode::read);
        if (!file) return is_not_found(file.error()) ? busy : file.error();
        parts.push_back(OpenedPart{name, std::move(*file)});
    }
    const auto opened = current ? (*current)->info() : result<FileInfo>(current.error());
    if (!is_same(opened, files.info(*path))) return busy;
    if (current) parts.push_back(OpenedPart{RotatedFile{0, *path}, std::move(*current)});
    return parts;
}

result<std::vector<OpenedPart>> open_all(FileSystem& files, const std::string& path) {
    auto parts = try_open_all(files, path);
    for (int attempt = 1; attempt < kAttempts && !parts &&
                          parts.error() == boost::system::errc::device_or_resource_busy;
         ++attempt)
        parts = try_open_all(files, path);
    return parts;
}

// The check itself. Knows no file: it gets the lines, oldest first.
class AuditChainCheck {
  public:
    // `noted`: a digest that must be in the chain, or empty.
    explicit AuditChainCheck(std::string noted)
        : noted_(std::move(noted)), has_noted_(noted_.empty()) {}

    // `named_seq`: the number in the name of a rotated file; 0 for the current file.
    void begin_file(const std::string& file, std::uint64_t named_seq) {
        ++report_.files;
        location_ = Location();
        location_.file = file;
        line_ = 0;
        named_seq_ = named_seq;
    }

    // Without its newline.
    void add_line(std::string_view line) {
        location_.line = ++line_;
        ++report_.lines;
        const std::string digest = digest_of_line(line);
        report_.last_digest = digest;
        has_noted_ = has_noted_ || digest == noted_;
        const auto parsed = parse_audit_line(line);
        if (!parsed) {
            add_finding(location_, "not a line of an audit log");
            is_after_damage_ = true;
            return;
        }
        if (line_ == 1 && named_seq_ != 0 && parsed->seq != named_seq_)
            add_finding(location_, "seq " + std::to_string(parsed->seq) +
                                       ", but the file's name says " + std::to_string(named_seq_));
        report_.lost_events += parsed->lost_events;
        check_order(*parsed);
        previous_ = Previous{parsed->seq, digest, location_};
        is_after_damage_ = false;
        report_.last = AuditReport::Line{parsed->seq, parsed->time};
        if (report_.first) return;
        report_.first = report_.last;
        // It may be the digest of a line whose file was removed since.
        has_noted_ = has_noted_ || parsed->prev == noted_;
    }

    // The file ends without a newline.
    void add_incomplete_line() {
        location_.line = ++line_;
        add_finding(location_, "the line is incomplete");
        is_after_damage_ = true;
    }

    void end_file() {
        // The current file may be empty: a rotation has just created it.
        if (line_ == 0 && named_seq_ != 0)
            add_finding(location_, "the file is empty: its lines are missing");
    }

    AuditReport finish() {
        if (!has_noted_)
            add_finding(Location(),
                        "no line has the noted digest " + noted_ +
                            ": since then lines were changed, or removed at the end (or "
                            "the line was in a file that was rotated and removed)");
        return std::move(report_);
    }

  private:
    struct Previous {
        std::uint64_t seq = 0;
        std::string digest;
        Location location;
    };

    void check_order(const AuditLine& line) {
        const std::string seq = "seq " + std::to_string(line.seq);
        if (!previous_) {
            const bool is_zero = line.prev.find_first_not_of('0') == std::string::npos;
            if (line.seq == 1 && !is_zero && !is_after_damage_)
                add_finding(location_, "seq 1, but with the digest of an earlier line");
            return;
        }
        const std::uint64_t expected = previous_->seq + 1;
        const std::string follows = seq + " follows seq " + std::to_string(previous_->seq);
        if (line.seq == previous_->seq) return add_finding(location_, seq + " appears twice");
        if (line.seq < expected)
            return add_finding(location_, follows + ": out of order, or a duplicate");
        if (is_after_damage_) return;
        if (line.seq > expected)
            return add_finding(location_,
                               follows + ": " + std::to_string(line.seq - expected) + " missing");
        // The numbers are right, so it is the text of the previous line that changed.
        if (line.prev != previous_->digest)
            add_finding(previous_->location,
                        "this line or the next one was changed: the digests do not match");
    }

    void add_finding(const Location& location, std::string text) {
        ++report_.all_findings;
        if (report_.findings.size() < kMaxFindings)
            report_.findings.emplace_back(std::move(text), location);
    }

    std::string noted_;
    bool has_noted_;
    AuditReport report_;
    Location location_;
    std::size_t line_ = 0;
    std::uint64_t named_seq_ = 0;
    // The last line that could be read.
    std::optional<Previous> previous_;
    // After `previous_` there is a line that cannot be read.
    bool is_after_damage_ = false;
};

// `may_grow`: a server may be writing at its end.
result<void> check_part(const OpenedPart& part, bool may_grow, AuditChainCheck& check,
                        const std::function<void()>& wait) {
    check.begin_file(part.name.path, part.name.first_seq);
    LineReader reader(*part.file);
    std::string line;
    for (int attempt = 0;;) {
        const auto more = reader.next(line);
        if (!more) return more.error();
        if (*more) {
            check.add_line(line);
        } else if (may_grow && reader.is_incomplete() && attempt++ < kAttempts) {
            wait();
        } else {
            break;
        }
    }
    if (reader.is_incomplete()) check.add_incomplete_line();
    check.end_file();
    return {};
}

}  // namespace

result<AuditReport> verify_audit_files(FileSystem& files, const std::string& path,
                                       const std::string& noted_digest,
                                       const std::function<void()>& wait) {
    const auto parts = open_all(files, path);
    if (!parts) return parts.error();
    if (parts->empty()) return make_error_code(boost::system::errc::no_such_file_or_directory);
    AuditChainCheck check(noted_digest);
    for (const OpenedPart& part : *parts) {
        // The end of a pipe or of a device may never come.
        const auto info = part.file->info();
        if (info && !info->is_regular)
            return make_error_code(boost::system::errc::operation_not_supported);
        const auto checked = check_part(part, &part == &parts->back(), check, wait);
        if (!checked) return checked.error();
    }
    return check.finish();
}

result<AuditReport> verify_audit_files(const std::string& path, const std::string& noted_digest) {
    return verify_audit_files(*make_posix_file_system(), path, noted_digest,
                              [] { std::this_thread::sleep_for(std::chrono::milliseconds(50)); });
}

}  // namespace roster::audit
