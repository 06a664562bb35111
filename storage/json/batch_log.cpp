#include "storage/json/batch_log.hpp"

#include "core/json/json_parser.hpp"
#include "core/json/user_json.hpp"

#include <array>
#include <cstdio>
#include <utility>

namespace roster::storage {
namespace {

// Eight bytes a step: Boost.CRC goes byte by byte and is eight times slower, which shows in the
// commits per second.
constexpr std::size_t kSlices = 8;
using Tables = std::array<std::array<std::uint32_t, 256>, kSlices>;

constexpr Tables make_tables() {
    constexpr std::uint32_t kReversedPolynomial = 0x82F63B78;
    Tables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t rest = byte;
        for (int bit = 0; bit < 8; ++bit)
            rest = (rest >> 1) ^ ((rest & 1) != 0 ? kReversedPolynomial : 0);
        tables[0][byte] = rest;
    }
    for (std::size_t slice = 1; slice < kSlices; ++slice)
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[slice - 1][byte];
            tables[slice][byte] = (before >> 8) ^ tables[0][before & 0xFF];
        }
    return tables;
}

constexpr Tables kTables = make_tables();

std::uint32_t byte_at(std::string_view bytes, std::size_t i) noexcept {
    return static_cast<unsigned char>(bytes[i]);
}

// As much as a small batch takes, in any file system.
constexpr std::size_t kProbeBytes = 4096;

constexpr const char* kUntilRestart = "; writes are refused until the server is started again";

constexpr std::string_view kBatch = "{\"batch\":";
constexpr std::string_view kCount = ",\"count\":";
constexpr std::string_view kBytes = ",\"bytes\":";
constexpr std::string_view kChecksum = ",\"crc32c\":\"";
constexpr std::string_view kEnd = "\"}\n";
constexpr std::size_t kChecksumDigits = 8;

std::string to_hex(std::uint32_t value) {
    std::array<char, kChecksumDigits + 1> text{};
    std::snprintf(text.data(), text.size(), "%08x", value);
    return text.data();
}

bool skip(std::string_view& text, std::string_view prefix) noexcept {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// Only as `frame` writes it: no sign, no leading zero.
bool read_number(std::string_view& text, std::string_view prefix, std::uint64_t& number) noexcept {
    if (!skip(text, prefix)) return false;
    const std::string_view digits = text.substr(0, text.find_first_of(",}"));
    const auto parsed = parse_decimal(digits);
    if (!parsed || *parsed > kMaxNumber) return false;
    number = *parsed;
    text.remove_prefix(digits.size());
    return true;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t so_far) noexcept {
    std::uint32_t crc = ~so_far;
    for (; bytes.size() >= kSlices; bytes.remove_prefix(kSlices)) {
        crc ^= byte_at(bytes, 0) | byte_at(bytes, 1) << 8 | byte_at(bytes, 2) << 16 |
               byte_at(bytes, 3) << 24;
        crc = kTables[7][crc & 0xFF] ^ kTables[6][(crc >> 8) & 0xFF] ^
              kTables[5][(crc >> 16) & 0xFF] ^ kTables[4][crc >> 24] ^
              kTables[3][byte_at(bytes, 4)] ^ kTables[2][byte_at(bytes, 5)] ^
              kTables[1][byte_at(bytes, 6)] ^ kTables[0][byte_at(bytes, 7)];
    }
    for (std::size_t i = 0; i < bytes.size(); ++i)
        crc = (crc >> 8) ^ kTables[0][(crc ^ byte_at(bytes, i)) & 0xFF];
    return ~crc;
}

std::uint64_t digest_of_text(std::string_view text) noexcept {
    TextDigest digest;
    digest.add(text);
    return digest.value();
}

std::string frame(const Batch& batch) {
    std::string text(kBatch);
    text.reserve(batch.lines.size() + 128);
    text += std::to_string(batch.number);
    text.append(kCount).append(std::to_string(batch.count));
    text.append(kBytes).append(std::to_string(batch.lines.size()));
    const std::uint32_t checksum = crc32c(batch.lines, crc32c(text));
    text.append(kChecksum).append(to_hex(checksum)).append(kEnd);
    text += batch.lines;
    return text;
}

std::optional<FramedBatch> framed_batch_at(std::string_view text, std::uint64_t offset) {
    if (offset >= text.size()) return std::nullopt;
    const std::string_view begin = text.substr(offset);
    std::string_view rest = begin;
    FramedBatch batch;
    std::uint64_t bytes = 0;
    if (!read_number(rest, kBatch, batch.number) || !read_number(rest, kCount, batch.count) ||
        !read_number(rest, kBytes, bytes))
        return std::nullopt;
    const std::string_view summed = begin.substr(0, begin.size() - rest.size());
    if (!skip(rest, kChecksum)) return std::nullopt;
    const std::string_view checksum = rest.substr(0, kChecksumDigits);
    rest.remove_prefix(checksum.size());
    if (!skip(rest, kEnd) || rest.size() < bytes) return std::nullopt;
    batch.lines = rest.substr(0, bytes);
    if (to_hex(crc32c(batch.lines, crc32c(summed))) != checksum) return std::nullopt;
    batch.begin = offset;
    batch.end = offset + (begin.size() - rest.size()) + bytes;
    return batch;
}

std::optional<FramedBatch> next_framed_batch(std::string_view text, std::uint64_t offset) {
    for (auto at = text.find(kBatch, offset); at != std::string_view::npos;
         at = text.find(kBatch, at + 1))
        if (auto batch = framed_batch_at(text, at)) return batch;
    return std::nullopt;
}

LogScan scan_log(std::string_view text) {
    LogScan scan;
    while (const auto batch = framed_batch_at(text, scan.good_bytes)) {
        scan.good_bytes = batch->end;
        scan.batches.push_back(*batch);
    }
    scan.torn_bytes = text.size() - scan.good_bytes;
    if (next_framed_batch(text, scan.good_bytes)) scan.damage = scan.good_bytes;
    return scan;
}

void throw_damaged_log(const std::string& path, std::uint64_t offset, const std::string& text) {
    throw StartupError(Errc::store_damaged,
                       path + ": byte " + std::to_string(offset) + ": " + text +
                           ". Nothing was changed; `roster check` shows more, `roster repair` "
                           "recovers what can be read.");
}

LogText::LogText(FileSystem& files, std::string path)
    : path_(std::move(path)), text_(std::make_unique<std::string>()) {
    const auto info = files.info(path_);
    if (!info && is_not_found(info.error())) return;
    if (!info) throw_unavailable(path_, "read", info.error());
    if (!info->is_regular)
        throw StartupError(Errc::store_unavailable,
                           path_ + ": cannot be read: it is not a regular file");
    *text_ = must(read_file(files, path_), path_, "read");
    scan_ = scan_log(*text_);
    if (scan_.damage) throw_damaged_log(path_, *scan_.damage, "a broken batch before whole ones");
}

result<void> BatchLog::open(FileSystem& files, std::string path, std::uint64_t good_bytes,
                            const FileInfo& like) {
    auto file = files.open(path, OpenMode::append);
    if (!file) return file.error();
    const auto owned = (*file)->set_owner_and_mode(like.as_private());
    if (!owned) return owned.error();
    const auto info = (*file)->info();
    if (!info) return info.error();
    if (info->size_bytes > good_bytes) {
        const auto cut = (*file)->truncate(good_bytes);
        if (!cut) return cut.error();
    }
    const auto synced = (*file)->sync();
    if (!synced) return synced.error();
    continue_in(std::move(*file), good_bytes);
    path_ = std::move(path);
    return files.sync_directory(directory_of(path_));
}

bool BatchLog::append(const Batch& batch) {
    if (!is_writable_ || (is_torn_ && !undo())) return false;
    const std::string bytes = frame(batch);
    const auto written = append_all(*file_, bytes);
    if (!written) {
        is_torn_ = true;
        return undo() && refuse(written.error());
    }
    const auto synced = file_->sync();
    if (!synced) {
        fail(path_, synced.error());
        return false;
    }
    good_bytes_ += bytes.size();
    if (is_refusing_) accept();
    return true;
}

// What it writes is no batch: a start that finds it cuts it off.
void BatchLog::try_again() {
    if (!is_refusing_ || !is_writable_ || (is_torn_ && !undo())) return;
    is_torn_ = true;
    const auto written = append_all(*file_, std::string(kProbeBytes, '\n'));
    if (undo() && written) accept();
}

// What was written of a refused batch must be gone, durably, before anything is written after it or
// into another file.
bool BatchLog::undo() {
    const auto info = file_->info();
    if (!info || info->size_bytes != good_bytes_) {
        const auto cut = file_->truncate(good_bytes_);
        if (!cut) return refuse(cut.error());
        const auto synced = file_->sync();
        if (!synced) {
            fail(path_, synced.error());
            return false;
        }
    }
    is_torn_ = false;
    return true;
}

bool BatchLog::refuse(const boost::system::error_code& error) {
    if (!is_refusing_ && log_)
        log_->error("{}: cannot be written: {}; {}", path_, error.message(), consequence_);
    set_problem(error.message() + "; writes are tried again");
    is_refusing_ = true;
    return false;
}

void BatchLog::accept() {
    if (log_) log_->info("{}: can be written again", path_);
    set_problem("");
    is_refusing_ = false;
}

void BatchLog::set_problem(std::string text) {
    const std::lock_guard lock(problem_mutex_);
    problem_ = std::move(text);
}

std::string BatchLog::problem() const {
    const std::lock_guard lock(problem_mutex_);
    return problem_;
}

void BatchLog::fail(const std::string& path, const boost::system::error_code& error) {
    is_writable_ = false;
    set_problem(error.message() + kUntilRestart);
    if (log_)
        log_->error(
            "{}: what was written could not be made durable: {}; {}. Start the server again.", path,
            error.message(), consequence_);
}

void BatchLog::stop() {
    is_writable_ = false;
    set_problem(std::string("there was no memory after a commit") + kUntilRestart);
}

void BatchLog::continue_in(std::unique_ptr<File> file, std::uint64_t size_bytes) {
    file_ = std::move(file);
    good_bytes_ = size_bytes;
    is_torn_ = false;
}

}  // namespace roster::storage
