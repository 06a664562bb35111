#include "audit/audit_verify.hpp"

#include "audit/rotated_file.hpp"
#include "core/files/posix_file_system.hpp"

#include <boost/system/errc.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <utility>

namespace roster::audit {
namespace {

constexpr int kLooks = 20;

// Lines of a file, as far as it is written.
class LineReader {
  public:
    explicit LineReader(File& file) : file_(file) {}

    /// Gives the next line without its newline; nothing at the end, or before a line that has no
    /// end yet. Of a line that is too long only a part.
    result<void> next(std::optional<std::string>& line) {
        line.reset();
        for (;;) {
            const auto newline = text_.find('\n', begin_);
            if (newline != std::string::npos) {
                take(newline, line.emplace());
                return {};
            }
            const auto more = read_more();
            if (!more) return more.error();
            if (*more == 0) return {};
        }
    }

    bool is_in_line() const noexcept { return begin_ < text_.size(); }

    /// Reads the line that has no end yet once more: it may be another one by now.
    void look_again() {
        offset_ = line_offset_;
        text_.clear();
        begin_ = 0;
        skipped_ = 0;
    }

  private:
    void take(std::size_t newline, std::string& line) {
        line.assign(text_, begin_, newline - begin_);
        line_offset_ += newline + 1 - begin_ + skipped_;
        skipped_ = 0;
        begin_ = newline + 1;
    }

    // Gives how many bytes came.
    result<std::size_t> read_more() {
        constexpr std::size_t kPart = std::size_t{256} * 1024;
        text_.erase(0, std::exchange(begin_, 0));
        // Too long for a line already: what follows is not needed, except where it ends.
        if (text_.size() > kMaxAuditLineBytes + 1) {
            skipped_ += text_.size() - (kMaxAuditLineBytes + 1);
            text_.resize(kMaxAuditLineBytes + 1);
        }
        const std::size_t size = text_.size();
        text_.resize(size + kPart);
        const auto got = file_.read_at(offset_, std::span(text_).subspan(size));
        text_.resize(size + (got ? *got : 0));
        if (!got) return got.error();
        offset_ += *got;
        return *got;
    }

    File& file_;
    std::string text_;
    std::size_t begin_ = 0;
    std::uint64_t offset_ = 0;
    std::uint64_t line_offset_ = 0;
    std::uint64_t skipped_ = 0;
};

struct OpenedPart {
    RotatedFile name;
    std::unique_ptr<File> file;
};

bool is_same(const result<FileInfo>& one, const result<FileInfo>& other) {
    if (!one || !other) return !one && !other;
    return one->device == other->device && one->inode == other->inode;
}

// All files as they were at one moment; nothing where they changed names meanwhile.
result<std::optional<std::vector<OpenedPart>>> try_open_all(FileSystem& files,
                                                            const std::string& path) {
    std::optional<std::vector<OpenedPart>> parts(std::in_place);
    auto current = files.open(path, OpenMode::read);
    if (!current && !is_not_found(current.error())) return current.error();
    const auto aside = list_aside(files, path);
    if (!aside) return aside.error();
    for (const RotatedFile& name : *aside) {
        auto file = files.open(name.path, OpenMode::read);
        if (!file && is_not_found(file.error())) return std::optional<std::vector<OpenedPart>>();
        if (!file) return file.error();
        parts->push_back(OpenedPart{name, std::move(*file)});
    }
    const auto opened = current ? (*current)->info() : result<FileInfo>(current.error());
    if (!is_same(opened, files.info(path))) return std::optional<std::vector<OpenedPart>>();
    if (current) parts->push_back(OpenedPart{RotatedFile{0, path}, std::move(*current)});
    return parts;
}

result<std::vector<OpenedPart>> open_all(FileSystem& files, const std::string& path) {
    for (int read_locked = 0; read_locked < kLooks; ++read_locked) {
        auto parts = try_open_all(files, path);
        if (!parts) return parts.error();
        if (*parts) return std::move(**parts);
    }
    return make_error_code(boost::system::errc::device_or_resource_busy);
}

result<void> read_lines(LineReader& reader, AuditChainCheck& check) {
    std::optional<std::string> line;
    for (;;) {
        const auto read = reader.next(line);
        if (!read) return read;
        if (!line) return {};
        check.add_line(*line);
    }
}

// `may_grow`: somebody may be writing at its end.
result<void> check_part(const OpenedPart& part, bool may_grow, AuditChainCheck& check,
                        const std::function<void()>& wait) {
    check.begin_file(part.name.path, part.name.first_seq);
    LineReader reader(*part.file);
    auto done = read_lines(reader, check);
    for (int read_locked = 0; may_grow && done && reader.is_in_line() && read_locked < kLooks;
         ++read_locked) {
        wait();
        reader.look_again();
        done = read_lines(reader, check);
    }
    if (!done) return done;
    if (reader.is_in_line()) check.add_cut_line();
    check.end_file();
    return {};
}

}  // namespace

result<AuditReport> verify_audit_files(FileSystem& files, const std::string& path,
                                       const std::string& noted_digest,
                                       const std::function<void()>& wait) {
    const auto real = files.resolve(path);
    if (!real) return real.error();
    const auto parts = open_all(files, *real);
    if (!parts) return parts.error();
    if (parts->empty()) return make_error_code(boost::system::errc::no_such_file_or_directory);
    AuditChainCheck check(noted_digest);
    for (const OpenedPart& part : *parts) {
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
