// How a JSON store is repaired:
//
// 1. The record is the snapshot, or the users file if there is no snapshot. If it is whole, all
//    of its users are taken. What a damaged snapshot has lost is taken from the users file, if that
//    is whole and not older.
// 2. If not, users are looked for where the file is laid out as roster writes it: in "users", from
//    a line "{" to a line "}" with two tabs each. Objects inside a user are indented by more, so
//    that no damage in one place makes an account of an object in metadata. A file without such
//    lines is searched only if no user holds an object. What looks like a user elsewhere is named
//    and left out.
// 3. Every whole batch of the journals is applied, also those after a broken one, because a change
//    holds the whole user. A gap in the revisions is named.
// 4. Of two users with one id or one e-mail the one that was changed last is kept.
// 5. The session log is treated like the journals, and by itself: no user is touched.
// 6. Damaged files, and the users file, are copied to NAME.damaged-…, durably; then the users file
//    is written, the snapshot is removed, and the journals are emptied: the next start makes a
//    record of the users file.

#include "storage/json/json_maintenance.hpp"

#include "core/files/file_system.hpp"
#include "core/files/temporary_lock.hpp"
#include "core/text.hpp"
#include "storage/core/store_files.hpp"
#include "storage/json/atomic_file.hpp"
#include "storage/json/journal.hpp"
#include "storage/json/session_log.hpp"
#include "storage/json/users_file.hpp"
#include "storage/json/users_loading.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <variant>

namespace roster::storage {
namespace {

class JsonRepair final : public StoreRepair {
  public:
    JsonRepair(std::shared_ptr<FileSystem> files, std::unique_ptr<FileLock> lock, std::string path)
        : files_(std::move(files)),
          lock_(std::move(lock)),
          file_(*files_, std::move(path)),
          record_(record_path(*files_, file_.path())),
          suffix_(".damaged-" + random_name()) {
        const auto info = files_->info(file_.path());
        if (info) known_ = *info;
        if (files_->info(record_)) read_record();
        read_journals();
        if (!losses_.empty()) build_document();
        if (!losses_.empty() && known_ && record_ != file_.path())
            damaged_[file_.path()] = read(file_.path());
        read_session_log();
        for (const auto& [damaged, text] : damaged_)
            steps_.push_back("keep " + damaged + " as " + damaged + suffix_);
        if (!losses_.empty())
            steps_.push_back("write " + file_.path() + " again, with " +
                             std::to_string(document_.users.size()) +
                             " users, and empty the journal");
        if (sessions_)
            steps_.push_back("write " + session_log_path(file_.path()) + " again, with " +
                             std::to_string(sessions_->size()) + " sessions");
    }

    const std::vector<std::string>& steps() const override { return steps_; }

    void carry_out() override {
        if (steps_.empty()) return;
        for (const auto& [path, text] : damaged_)
            copy(path + suffix_, text);
        // Nothing is replaced before its copy is durable.
        must(files_->sync_directory(directory_of(file_.path())), file_.path(), "written");
        if (!losses_.empty()) write_users();
        if (sessions_) write_sessions();
    }

  private:
    std::string read(const std::string& path) {
        auto text = read_file(*files_, path);
        if (!text && !is_not_found(text.error())) throw_unavailable(path, "read", text.error());
        return text ? std::move(*text) : std::string();
    }

    void report_loss(std::string text) {
        steps_.push_back(text);
        losses_.push_back(std::move(text));
    }

    std::string described(Diagnostic problem) const {
        problem.location.file = record_;
        return to_string(problem);
    }

    void read_record() {
        const std::string text = without_mark(read(record_));
        auto strict = storage::read_users_file(text, {});
        if (auto* problem = std::get_if<Diagnostic>(&strict)) {
            damaged_[record_] = text;
            report_loss("the users file is damaged: " + described(std::move(*problem)));
        }
        RecoveredUsers recovered = recover_users(text);
        header_ = std::move(recovered.header);
        for (Diagnostic& lost : recovered.lost)
            report_loss("a user is lost: " + described(std::move(lost)));
        for (RecoveredUsers::User& found : recovered.users)
            add_user_of_file(found, text);
        if (damaged_.contains(record_) && record_ != file_.path()) take_from_users_file();
        next_id_ = header_.next_id.value_or(1);
        revision_ = header_.revision;
        for (const auto& [id, user] : users_) {
            next_id_ = std::max(next_id_, id + 1);
            if (!header_.revision)
                revision_ = std::max(revision_.value_or(0), user.fields.revision.value_or(0));
        }
        for (FileUser& user : without_id_) {
            user.fields.id = next_id_++;
            users_[*user.fields.id] = std::move(user);
        }
    }

    void take_from_users_file() {
        const std::string text = without_mark(read(file_.path()));
        const auto strict = storage::read_users_file(text, {});
        const auto* whole = std::get_if<UsersDocument>(&strict);
        if (whole == nullptr || !header_.revision || whole->users.revision < *header_.revision)
            return;
        for (RecoveredUsers::User& found : recover_users(text).users) {
            const UserId id = found.user.fields.id.value_or(0);
            if (id == 0 || !users_.emplace(id, std::move(found.user)).second) continue;
            steps_.push_back("user " + std::to_string(id) + " is taken from " + file_.path());
        }
    }

    void add_user_of_file(RecoveredUsers::User& found, std::string_view text) {
        FileUser& user = found.user;
        if (!user.fields.id) {
            without_id_.push_back(std::move(user));
            return;
        }
        const UserId id = *user.fields.id;
        FileUser& kept = users_[id];
        if (kept.fields.id) {
            const std::size_t at =
                found.base + offset_of_token(text.substr(found.base), user.id_token);
            report_loss("a user is dropped, because another one has the id: " +
                        described(Diagnostic(std::to_string(id), locate(text, at))));
            if (user.fields.revision.value_or(0) <= kept.fields.revision.value_or(0)) return;
        }
        kept = std::move(user);
    }

    void read_journals() {
        for (const std::string& path :
             {journal_path(file_.path()), next_journal_path(file_.path())}) {
            const std::string text = read(path);
            const LogScan scan = scan_log(text);
            if (scan.damage) {
                damaged_[path] = text;
                report_loss("the journal is damaged: " + path + ": byte " +
                            std::to_string(*scan.damage) + ": a broken batch before whole ones");
            }
            for (auto batch = next_framed_batch(text, 0); batch;
                 batch = next_framed_batch(text, batch->end)) {
                if (revision_ && batch->number > *revision_ + 1) {
                    damaged_[path] = text;
                    report_loss("changes are lost: " + path + ": byte " +
                                std::to_string(batch->begin) + ": revision " +
                                std::to_string(batch->number) + " follows " +
                                std::to_string(*revision_));
                }
                apply(*batch);
            }
        }
    }

    void apply(const FramedBatch& batch) {
        std::string_view rest = batch.lines;
        while (!rest.empty()) {
            const std::string_view line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(line.size() + 1, rest.size()));
            auto change = read_journal_change(line);
            if (!change || change->revision <= revision_.value_or(0)) continue;
            revision_ = change->revision;
            next_id_ = std::max(next_id_, change->id + 1);
            if (change->kind == JournalChange::Kind::erased)
                users_.erase(change->id);
            else
                users_[change->id] = std::move(change->user);
        }
    }

    void build_document() {
        std::vector<FileUser*> newest_first;
        for (auto& [id, user] : users_)
            newest_first.push_back(&user);
        std::stable_sort(newest_first.begin(), newest_first.end(),
                         [](const FileUser* a, const FileUser* b) {
                             return a->fields.revision.value_or(0) > b->fields.revision.value_or(0);
                         });
        Revision revision = std::max<Revision>(revision_.value_or(0), 1);
        for (FileUser* user : newest_first) {
            revision = std::max(revision, user->fields.revision.value_or(1));
            insert(*user, revision);
        }
        document_.users.revision = revision;
        document_.users.next_id = next_id_;
        give_administrator();
    }

    void insert(FileUser& user, Revision revision) {
        ParsedUser& fields = user.fields;
        // A plain one stays plain until the next start, which can hash it.
        user.has_plain_password = false;
        if (!fields.revision) fields.revision = 1;
        // A damaged one must not make a file that no start would read.
        fields.credentials_revision = std::min(fields.credentials_revision, revision);
        // A username that another one has costs the user only that.
        auto taken = storage::add_user(user, {}, document_);
        if (taken && taken->token == user.username_token) {
            report_loss("user " + std::to_string(*fields.id) + " loses the username \"" +
                        fields.profile.username + "\", because another one has it");
            set_username_aside(fields);
            taken = storage::add_user(user, {}, document_);
        }
        if (taken)
            report_loss("user " + std::to_string(*fields.id) +
                        " is dropped, because another one has the e-mail \"" +
                        printable(fields.email) + "\"");
    }

    // As a start does with the original project's files.
    void give_administrator() {
        const bool has_roles = std::any_of(users_.begin(), users_.end(), [](const auto& entry) {
            return entry.second.fields.role.has_value();
        });
        if (has_roles || document_.users.size() == 0) return;
        User first = to_user(document_.users.chunks_above(0).front()->at(0));
        first.role = Role::admin;
        document_.users.replace(to_record(first));
    }

    void read_session_log() {
        const std::string path = session_log_path(file_.path());
        try {
            (void)load_sessions(*files_, path);
        } catch (const StartupError& error) {
            if (error.code() != Errc::store_damaged) throw;
            steps_.push_back(std::string("the sessions are damaged: ") + error.what());
            damaged_[path] = read(path);
            sessions_ = recover_sessions(damaged_[path]);
        }
    }

    void copy(const std::string& path, std::string_view text) {
        const auto file = must(files_->open(path, OpenMode::create), path, "written");
        must(append_all(*file, text), path, "written");
        must(file->sync(), path, "written");
    }

    void write_users() {
        const UsersFileFrame frame{document_.users.revision, document_.users.next_id,
                                   header_.members_before_users, header_.members_after_users};
        const UserView view = document_.users.view();
        const Replacement replaced = file_.replace(known_, [&](TemporaryFile& file) {
            return write_users_file(frame, view,
                                    [&file](std::string_view text) { return file.append(text); });
        });
        if (replaced.outcome != Replaced::yes)
            throw_unavailable(file_.path(), "written", replaced.error);
        // Before the journal is emptied: killed in between, a repair finds the same again.
        result<void> removed = record_ == file_.path() ? result<void>() : files_->remove(record_);
        if (removed) removed = files_->sync_directory(directory_of(record_));
        must(removed, record_, "removed");
        Journal journal(*files_, file_.path(), nullptr);
        must(journal.open(ReplayedJournal(), replaced.info), journal_path(file_.path()), "written");
    }

    void write_sessions() {
        const std::string path = session_log_path(file_.path());
        const auto info = files_->info(file_.path());
        ConcurrentSessionTable sessions;
        sessions.begin_with(std::move(*sessions_));
        auto writer =
            SessionLogWriter::create(*files_, path, info ? *info : known_.value_or(FileInfo()));
        result<void> written = writer ? writer->put_all(sessions, {}) : writer.error();
        if (written) written = writer->sync();
        if (written) written = writer->put_in_place();
        if (written) written = files_->sync_directory(directory_of(path));
        must(written, path, "written");
    }

    std::shared_ptr<FileSystem> files_;
    std::unique_ptr<FileLock> lock_;
    AtomicFile file_;
    // As in step 1.
    std::string record_;
    std::string suffix_;
    std::optional<FileInfo> known_;
    UsersFileHeader header_;
    std::map<UserId, FileUser> users_;
    std::vector<FileUser> without_id_;
    // Unknown if it was lost with the file's head.
    std::optional<Revision> revision_;
    UserId next_id_ = 1;
    UsersDocument document_;
    std::optional<SessionIndex> sessions_;
    std::map<std::string, std::string> damaged_;
    std::vector<std::string> losses_;
    std::vector<std::string> steps_;
};

}  // namespace

std::unique_ptr<StoreRepair> plan_json_repair(const std::string& path,
                                              std::shared_ptr<FileSystem> files) {
    const std::string real = real_path_of(*files, path);
    auto lock = lock_for_writing(*files, real);
    finish_replacement(*files, json_store_files(real));
    return std::make_unique<JsonRepair>(std::move(files), std::move(lock), real);
}

}  // namespace roster::storage
