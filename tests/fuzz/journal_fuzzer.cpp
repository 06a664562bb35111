// The files that batches are appended to, whatever became of them: the journal and the sessions.

#include "storage/json/batch_log.hpp"
#include "storage/json/journal.hpp"
#include "storage/json/session_log_format.hpp"
#include "storage/json/users_file.hpp"
#include "storage/memory/packed_profile.hpp"

#include "fuzz/require.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace roster;
using namespace roster::storage;
using fuzz::require;

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds{1'795'338'000}};

std::uint64_t lines_in(std::string_view body) {
    return static_cast<std::uint64_t>(std::count(body.begin(), body.end(), '\n'));
}

void check_frames(std::string_view text) {
    const LogScan scan = scan_log(text);
    std::uint64_t end = 0;
    for (const FramedBatch& batch : scan.batches) {
        require(batch.begin == end, "batches follow one another");
        end = batch.end;
        require(end <= text.size(), "a batch ends in the text");
        require(frame(Batch{batch.number, batch.count, std::string(batch.lines)}) ==
                    text.substr(batch.begin, batch.end - batch.begin),
                "a batch is read as it was written");
    }
    require(scan.good_bytes == end, "behind the last whole batch the tail begins");
    require(!scan.damage || *scan.damage >= end, "damage is no whole batch");
}

std::string line_of(const JournalChange& change) {
    Batch batch;
    if (change.kind == JournalChange::Kind::erased) {
        append_erased(change.id, change.revision, batch);
    } else {
        UsersDocument document;
        require(!add_user(change.user, kNow, document), "one user is no conflict");
        const auto user = document.users.find(change.id);
        require(user.has_value(), "the user is there");
        if (change.kind == JournalChange::Kind::created)
            append_created(to_fields(*user, unpack(user->profile)), batch);
        else
            append_changed(to_fields(*user, unpack(user->profile)), batch);
    }
    require(batch.count == 1, "one line");
    return batch.lines.substr(0, batch.lines.size() - 1);
}

void check_change(std::string_view line) {
    const auto change = read_journal_change(line);
    if (!change) return;
    const std::string once = line_of(*change);
    const auto again = read_journal_change(once);
    require(again.has_value(), "what was written can be read");
    require(again->kind == change->kind && again->id == change->id, "and says the same");
    require(line_of(*again) == once, "what was read is written as it was");
}

void check_steps(std::string_view body) {
    std::string once;
    const auto take = [](std::string& out) {
        return [&out](const SessionStep& step) { append_step(step, out); };
    };
    if (!read_steps(body, lines_in(body), take(once))) return;
    std::string twice;
    require(read_steps(once, lines_in(once), take(twice)), "what was written can be read");
    require(once == twice, "what was read is written as it was");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    check_frames(text);
    // No fuzzer guesses a checksum: the same bytes once more, as the body of a batch that is whole.
    std::string whole = frame(Batch{1, lines_in(text), std::string(text)});
    check_frames(whole);
    check_frames(whole + whole.substr(0, whole.size() / 2));
    check_steps(text);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        check_change(text.substr(at, end - at));
        at = end + 1;
    }
    return 0;
}
