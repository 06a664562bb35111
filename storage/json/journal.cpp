#include "storage/json/journal.hpp"

#include "core/text.hpp"
#include "storage/json/users_file.hpp"

#include <algorithm>
#include <utility>

namespace roster::storage {
namespace {

constexpr std::string_view kCreated = "{\"created\":";
constexpr std::string_view kChanged = "{\"changed\":";
constexpr std::string_view kErased = "{\"erased\":";
constexpr std::string_view kRevision = ",\"revision\":";

void append_user_line(std::string_view kind, const UserFields& user, Batch& batch) {
    batch.lines += kind;
    append_user(user, kStoredUser, batch.lines);
    batch.lines += "}\n";
    ++batch.count;
}

std::optional<JournalChange> read_erased(std::string_view numbers) {
    const auto comma = numbers.find(kRevision);
    if (comma == std::string_view::npos) return std::nullopt;
    const auto id = parse_decimal(numbers.substr(0, comma));
    const auto revision = parse_decimal(numbers.substr(comma + kRevision.size()));
    if (!id || !revision || *id == 0 || *revision == 0) return std::nullopt;
    if (*id > kMaxNumber || *revision > kMaxNumber) return std::nullopt;
    JournalChange change;
    change.kind = JournalChange::Kind::erased;
    change.id = *id;
    change.revision = *revision;
    return change;
}

std::optional<JournalChange> read_user(JournalChange::Kind kind, std::string_view user) {
    UserParser parser(kOldStoredUser);
    if (parse_json(user, parser)) return std::nullopt;
    auto read = to_file_user(parser);
    auto* good = std::get_if<FileUser>(&read);
    if (good == nullptr || good->has_plain_password) return std::nullopt;
    const ParsedUser& fields = good->fields;
    if (!fields.revision || fields.credentials_revision > *fields.revision) return std::nullopt;
    JournalChange change;
    change.kind = kind;
    change.id = *fields.id;
    change.revision = *fields.revision;
    change.user = std::move(*good);
    return change;
}

// Applies whole batches to a document, in order.
class Replay {
  public:
    Replay(UsersDocument& document, RecentChanges& recent) : document_(document), recent_(recent) {}

    void add(const LogText& journal) {
        for (const FramedBatch& batch : journal.scan().batches) {
            check_order(journal, batch);
            if (next_ - 1 > document_.users.revision) apply(journal, batch);
        }
    }

    std::uint64_t changes() const noexcept { return changes_; }

  private:
    void check_order(const LogText& journal, const FramedBatch& batch) {
        if (batch.count == 0) journal.refuse(batch, "an empty batch");
        const Revision revision = document_.users.revision;
        // A gap that lies in the snapshot is harmless.
        if (next_ != 0 && (batch.number < next_ || batch.number > revision + 1))
            journal.refuse(batch, "revision " + std::to_string(batch.number) + " where revision " +
                                      std::to_string(next_) + " must follow");
        if (batch.number > revision + 1)
            journal.refuse(batch, "the journal begins with revision " +
                                      std::to_string(batch.number) +
                                      ", but the users file ends with " + std::to_string(revision) +
                                      ": it is an older copy, or another file");
        next_ = batch.number + batch.count;
    }

    void apply(const LogText& journal, const FramedBatch& batch) {
        recent_.begin_file(document_.users.revision);
        std::string_view rest = batch.lines;
        for (Revision revision = batch.number; revision < next_; ++revision) {
            const std::string_view line = rest.substr(0, rest.find('\n'));
            const auto change = read_journal_change(line);
            if (!change || change->revision != revision)
                journal.refuse(batch, "a batch that is whole, but makes no sense");
            rest.remove_prefix(std::min(line.size() + 1, rest.size()));
            if (revision > document_.users.revision) apply(*change, journal, batch);
        }
        if (!rest.empty()) journal.refuse(batch, "a batch has more than it says");
    }

    void apply(const JournalChange& change, const LogText& journal, const FramedBatch& batch) {
        UserIndex& users = document_.users;
        const auto before = users.find(change.id);
        recent_.add(change.revision, change.id, before ? digest_of(*before) : kWasNotThere);
        if (before) {
            check_same(change, *before, journal, batch);
            users.erase(change.id);
        }
        users.revision = change.revision;
        users.next_id = std::max(users.next_id, change.id + 1);
        ++changes_;
        if (change.kind == JournalChange::Kind::erased) return;
        const auto problem = add_user(change.user, {}, document_);
        if (problem) journal.refuse(batch, problem->text);
    }

    // An id that was given to one user here and to another one there.
    static void check_same(const JournalChange& change, const UserRecord& before,
                           const LogText& journal, const FramedBatch& batch) {
        const std::string& email = change.user.fields.email;
        if (change.kind != JournalChange::Kind::created ||
            equals_ignoring_case(before.email, email))
            return;
        journal.refuse(batch, "user " + std::to_string(change.id) + " is \"" + printable(email) +
                                  "\" here, but \"" + printable(before.email) +
                                  "\" in the users file");
    }

    UsersDocument& document_;
    RecentChanges& recent_;
    // The revision of the next batch; 0 before the first one.
    Revision next_ = 0;
    std::uint64_t changes_ = 0;
};

// What the journal changed since is not hashed or completed once more.
void drop_superseded(Revision since, const RecentChanges& recent, UsersDocument& document) {
    if (document.users_without_revision.empty() && document.plain_passwords.empty()) return;
    const auto changed = recent.since(since);
    const auto is_superseded = [&changed](UserId id) { return changed.contains(id); };
    std::erase_if(document.users_without_revision, is_superseded);
    std::erase_if(document.plain_passwords,
                  [&](const PlainPassword& plain) { return is_superseded(plain.id); });
}

}  // namespace

std::optional<JournalChange> read_journal_change(std::string_view line) {
    if (!line.ends_with('}')) return std::nullopt;
    const auto rest_after = [line](std::string_view kind) {
        return line.substr(kind.size(), line.size() - kind.size() - 1);
    };
    if (line.starts_with(kCreated))
        return read_user(JournalChange::Kind::created, rest_after(kCreated));
    if (line.starts_with(kChanged))
        return read_user(JournalChange::Kind::changed, rest_after(kChanged));
    if (line.starts_with(kErased)) return read_erased(rest_after(kErased));
    return std::nullopt;
}

void append_created(const UserFields& user, Batch& batch) {
    append_user_line(kCreated, user, batch);
}

void append_changed(const UserFields& user, Batch& batch) {
    append_user_line(kChanged, user, batch);
}

void append_erased(UserId id, Revision revision, Batch& batch) {
    batch.lines.append(kErased).append(std::to_string(id));
    batch.lines.append(kRevision).append(std::to_string(revision)).append("}\n");
    ++batch.count;
}

std::string journal_path(const std::string& users_file) {
    return users_file + ".journal";
}

std::string next_journal_path(const std::string& users_file) {
    return users_file + ".journal.next";
}

ReplayedJournal replay_journal(FileSystem& files, const std::string& users_file,
                               UsersDocument& document, RecentChanges& recent) {
    const LogText first(files, journal_path(users_file));
    const LogText next(files, next_journal_path(users_file));
    // The second file is begun only when the first one is whole.
    const bool has_next = !next.is_empty();
    if (has_next && first.scan().torn_bytes > 0)
        throw_damaged_log(first.path(), first.scan().good_bytes,
                          "a broken batch before whole ones");
    const Revision before = document.users.revision;
    Replay replay(document, recent);
    replay.add(first);
    replay.add(next);
    drop_superseded(before, recent, document);
    const LogScan& last = has_next ? next.scan() : first.scan();
    ReplayedJournal replayed;
    replayed.good_bytes = last.good_bytes;
    replayed.has_next = has_next;
    replayed.changes = replay.changes();
    replayed.torn_bytes = last.torn_bytes;
    return replayed;
}

Journal::Journal(FileSystem& files, std::string users_file, std::shared_ptr<Log> log)
    : files_(files),
      users_file_(std::move(users_file)),
      log_(std::move(log), "users cannot be changed meanwhile") {}

result<void> Journal::open(const ReplayedJournal& replayed, const FileInfo& like) {
    has_next_ = replayed.has_next;
    owner_ = like.as_private();
    if (!has_next_) {
        const auto removed = files_.remove(next_journal_path(users_file_));
        if (!removed && !is_not_found(removed.error())) return removed;
    }
    return log_.open(files_, has_next_ ? next_journal_path(users_file_) : journal_path(users_file_),
                     replayed.good_bytes, owner_);
}

result<void> Journal::sync_directory() {
    const auto synced = files_.sync_directory(directory_of(users_file_));
    if (!synced) fail(synced.error());
    return synced;
}

result<void> Journal::prepare_next() {
    if (has_next_ || prepared_) return {};
    auto file = files_.open(next_journal_path(users_file_), OpenMode::create);
    if (!file) return file.error();
    (void)(*file)->set_owner_and_mode(owner_);
    const auto synced = sync_directory();
    if (synced) prepared_ = std::move(*file);
    return synced;
}

bool Journal::begin_next() {
    if (has_next_) return true;
    if (!log_.is_whole()) return false;
    log_.continue_in(std::move(prepared_), 0);
    has_next_ = true;
    return true;
}

result<void> Journal::drop_first() {
    const auto renamed = files_.rename(next_journal_path(users_file_), journal_path(users_file_));
    if (!renamed) return renamed;
    has_next_ = false;
    return sync_directory();
}

}  // namespace roster::storage
