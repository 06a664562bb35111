#include "storage/json/session_log_file.hpp"

#include "core/files/random_name.hpp"
#include "storage/json/framed_batch.hpp"
#include "storage/json/session_log_format.hpp"

#include <utility>
#include <vector>

namespace roster::storage {
namespace {

// So many stand in one batch of a file that is written as a whole.
constexpr std::size_t kSessionsPerBatch = 512;

[[noreturn]] void refuse(const std::string& path, std::uint64_t offset, const std::string& text) {
    throw StartupError(
        Errc::store_damaged,
        path + ": byte " + std::to_string(offset) + ": " + text +
            ". It was not changed; `roster check` shows more, `roster repair` saves the sessions "
            "that "
            "can be read. No account stands in this file: moving it away logs everybody out and "
            "lets the throttle forget, but loses no user.");
}

[[noreturn]] void cannot_read(const std::string& path, const std::string& reason) {
    throw StartupError(Errc::store_unavailable, path + ": cannot be read: " + reason);
}

std::string read_text(FileSystem& files, const std::string& path) {
    const auto info = files.info(path);
    if (!info && is_not_found(info.error())) return {};
    if (!info) cannot_read(path, info.error().message());
    if (!info->is_regular) cannot_read(path, "it is not a regular file");
    auto text = read_file(files, path);
    if (!text) cannot_read(path, text.error().message());
    return std::move(*text);
}

}  // namespace

std::string access_path(const std::string& book) {
    return book + ".sessions";
}

LoadedSessions load_access(FileSystem& files, const std::string& path) {
    LoadedSessions loaded;
    const std::string text = read_text(files, path);
    const FrameScan scan = scan_frames(text);
    if (scan.damage) refuse(path, *scan.damage, "a broken batch stands before whole ones");
    bool is_first = true;
    for (const FramedBatch& batch : scan.batches) {
        if (!is_first && batch.number != loaded.next_batch)
            refuse(path, batch.begin,
                   "batch " + std::to_string(batch.number) + " follows where " +
                       std::to_string(loaded.next_batch) + " must");
        const bool makes_sense = read_steps(
            batch.body, batch.count, [&](const AccessStep& step) { loaded.index.apply(step); });
        if (!makes_sense) refuse(path, batch.begin, "a batch that is whole, but makes no sense");
        loaded.next_batch = batch.number + 1;
        is_first = false;
    }
    loaded.good_bytes = scan.good_bytes;
    loaded.torn_bytes = text.size() - scan.good_bytes;
    return loaded;
}

SessionIndex salvage_access(std::string_view text) {
    SessionIndex index;
    for (auto batch = next_framed_batch(text, 0); batch;
         batch = next_framed_batch(text, batch->end))
        (void)read_steps(batch->body, batch->count,
                         [&](const AccessStep& step) { index.apply(step); });
    return index;
}

result<SessionLogWriter> SessionLogWriter::begin(FileSystem& files, const std::string& path,
                                                 const FileInfo& like) {
    constexpr std::uint32_t kPrivate = 0600;
    const std::string temporary = path + ".tmp-" + random_name();
    auto file = files.open(temporary, OpenMode::create);
    if (!file) return file.error();
    SessionLogWriter writer(files, path, temporary, std::move(*file));
    FileInfo owner_and_mode = like;
    owner_and_mode.mode = kPrivate;
    const auto owned = writer.file_->set_owner_and_mode(owner_and_mode);
    if (!owned) return owned.error();
    return writer;
}

SessionLogWriter::SessionLogWriter(FileSystem& files, std::string path, std::string temporary,
                                   std::unique_ptr<File> file)
    : files_(&files),
      path_(std::move(path)),
      temporary_(std::move(temporary)),
      file_(std::move(file)) {}

SessionLogWriter::SessionLogWriter(SessionLogWriter&& other) noexcept
    : files_(other.files_),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      file_(std::move(other.file_)),
      next_batch_(other.next_batch_),
      size_bytes_(other.size_bytes_) {}

SessionLogWriter::~SessionLogWriter() {
    if (!temporary_.empty()) (void)files_->remove(temporary_);
}

result<void> SessionLogWriter::put(std::span<const AccessStep> steps) {
    std::string lines;
    for (const AccessStep& step : steps)
        append_step(step, lines);
    return put_lines(lines, steps.size());
}

result<void> SessionLogWriter::put_lines(std::string_view lines, std::uint64_t count) {
    if (count == 0) return {};
    const std::string batch = framed_batch(next_batch_, count, lines);
    auto written = append_all(*file_, batch);
    if (!written) return written;
    ++next_batch_;
    size_bytes_ += batch.size();
    return {};
}

result<void> SessionLogWriter::put_all(const ConcurrentSessionTable& access,
                                       std::chrono::sys_seconds now) {
    std::vector<AccessStep> steps = {NextSession{access.next_id()}};
    for (LimiterRecord& record : access.limiter_records(now))
        steps.emplace_back(std::move(record));
    auto written = put(steps);
    SessionId after = 0;
    while (written) {
        const auto sessions = access.list(after, kSessionsPerBatch);
        if (sessions.empty()) break;
        after = sessions.back().id;
        written = put(std::vector<AccessStep>(sessions.begin(), sessions.end()));
    }
    return written;
}

result<void> SessionLogWriter::put_in_place() {
    auto renamed = files_->rename(temporary_, path_);
    if (renamed) temporary_.clear();
    return renamed;
}

}  // namespace roster::storage
