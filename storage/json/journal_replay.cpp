#include "storage/json/journal_replay.hpp"

#include "core/text.hpp"
#include "storage/json/journal_format.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace roster::storage {
namespace {

struct JournalText {
    std::string path;
    bool exists = false;
    std::string text;
    FrameScan scan;
};

[[noreturn]] void refuse(const std::string& path, std::uint64_t offset, const std::string& text) {
    throw StartupError(Errc::store_damaged,
                       path + ": byte " + std::to_string(offset) + ": " + text +
                           ". Nothing was changed; `roster check` shows more, `roster repair` "
                           "what can be saved.");
}

JournalText read_text(FileSystem& files, std::string path) {
    JournalText journal;
    journal.path = std::move(path);
    auto text = read_file(files, journal.path);
    if (!text && is_not_found(text.error())) return journal;
    if (!text)
        throw StartupError(Errc::store_unavailable,
                           journal.path + ": cannot be read: " + text.error().message());
    journal.exists = true;
    journal.text = std::move(*text);
    journal.scan = scan_frames(journal.text);
    if (journal.scan.damage)
        refuse(journal.path, *journal.scan.damage, "a broken batch stands before whole ones");
    return journal;
}

std::uint64_t torn_bytes(const JournalText& journal) {
    return journal.text.size() - journal.scan.good_bytes;
}

// Applies whole batches to a book, in order.
class Replay {
  public:
    explicit Replay(UsersDocument& book) : book_(book) {}

    void add(const JournalText& journal) {
        for (const FramedBatch& batch : journal.scan.batches) {
            check_order(journal, batch);
            if (*next_ - 1 > book_.users.revision) read_changes(journal, batch);
        }
    }

    // A change holds the whole user, so that only each one's last counts.
    void finish() {
        UserIndex& users = book_.users;
        for (const auto& [id, latest] : latest_)
            if (users.find(id)) users.erase(id);
        for (const auto& [id, latest] : latest_) {
            users.next_id = std::max(users.next_id, id + 1);
            if (latest.change.kind != JournalChange::Kind::erased) insert(latest);
        }
        if (next_) users.revision = std::max(users.revision, *next_ - 1);
        forget_superseded();
    }

    std::uint64_t changes() const noexcept { return changes_; }

  private:
    struct Latest {
        JournalChange change;
        const JournalText* journal;
        std::uint64_t offset;
    };

    void check_order(const JournalText& journal, const FramedBatch& batch) {
        if (batch.count == 0) refuse(journal.path, batch.begin, "an empty batch");
        const Revision expected = next_.value_or(batch.number);
        if (batch.number != expected)
            refuse(journal.path, batch.begin,
                   "revision " + std::to_string(batch.number) + " follows where " +
                       std::to_string(expected) + " must");
        if (!next_ && batch.number > book_.users.revision + 1)
            refuse(journal.path, batch.begin,
                   "the journal begins with revision " + std::to_string(batch.number) +
                       ", but the book ends with " + std::to_string(book_.users.revision) +
                       ": it is an older copy, or another book");
        next_ = batch.number + batch.count;
    }

    void read_changes(const JournalText& journal, const FramedBatch& batch) {
        std::string_view rest = batch.body;
        for (Revision revision = batch.number; revision < batch.number + batch.count; ++revision) {
            const std::string_view line = rest.substr(0, rest.find('\n'));
            auto change = read_journal_change(line);
            if (!change || change->revision != revision)
                refuse(journal.path, batch.begin, "a batch that is whole, but makes no sense");
            rest.remove_prefix(std::min(line.size() + 1, rest.size()));
            if (revision > book_.users.revision)
                keep(Latest{std::move(*change), &journal, batch.begin});
        }
        if (!rest.empty()) refuse(journal.path, batch.begin, "a batch has more than it says");
    }

    void keep(Latest latest) {
        ++changes_;
        if (latest.change.kind == JournalChange::Kind::created) {
            check_created(latest);
            if (!book_.users_without_id.empty())
                created_emails_.insert(fold_email(latest.change.user.email));
        }
        latest_[latest.change.id] = std::move(latest);
    }

    // An id that was given to one user here and to another one there.
    void check_created(const Latest& latest) const {
        if (latest_.contains(latest.change.id)) return;
        const auto other = book_.users.find(latest.change.id);
        if (other && !equals_ignoring_case(other->email, latest.change.user.email))
            refuse(latest.journal->path, latest.offset,
                   "user " + std::to_string(latest.change.id) + " is \"" +
                       printable(latest.change.user.email) + "\" here, but \"" +
                       printable(other->email) + "\" in the book");
    }

    void insert(const Latest& latest) {
        const auto problem = add_user(latest.change.user, {}, book_);
        if (problem) refuse(latest.journal->path, latest.offset, problem->text);
    }

    // An edit that was taken over into the journal still stands in the book as it was typed; what
    // happened to those users since must not be undone by hashing or adding them once more.
    void forget_superseded() {
        const auto is_superseded = [this](UserId id) { return latest_.contains(id); };
        std::erase_if(book_.users_without_revision, is_superseded);
        std::erase_if(book_.plain_passwords,
                      [&](const PlainPassword& plain) { return is_superseded(plain.id); });
        std::erase_if(book_.users_without_id, [this](const UserParser& draft) {
            return created_emails_.contains(fold_email(draft.email));
        });
    }

    UsersDocument& book_;
    std::optional<Revision> next_;
    std::uint64_t changes_ = 0;
    boost::unordered_flat_map<UserId, Latest> latest_;
    boost::unordered_flat_set<std::string> created_emails_;
};

}  // namespace

ReplayedJournal replay_journal(FileSystem& files, const Journal& journal, UsersDocument& book) {
    const JournalText first = read_text(files, journal.first_path());
    const JournalText next = read_text(files, journal.next_path());
    // The second file is begun only when the first one is whole.
    const bool next_is_used = !next.text.empty();
    if (next_is_used && torn_bytes(first) > 0)
        refuse(first.path, first.scan.good_bytes, "a broken batch stands before whole ones");
    Replay replay(book);
    replay.add(first);
    replay.add(next);
    replay.finish();
    ReplayedJournal replayed;
    const JournalText& last = next_is_used ? next : first;
    replayed.good_bytes = last.scan.good_bytes;
    replayed.has_next = next_is_used;
    replayed.changes = replay.changes();
    replayed.torn_bytes = torn_bytes(last);
    return replayed;
}

}  // namespace roster::storage
