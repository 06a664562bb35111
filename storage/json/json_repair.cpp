#include "storage/json/json_repair.hpp"

#include "core/files/random_name.hpp"
#include "core/files/temporary_lock.hpp"
#include "core/text.hpp"
#include "storage/json/atomic_file.hpp"
#include "storage/json/damaged.hpp"
#include "storage/json/journal.hpp"
#include "storage/json/journal_format.hpp"
#include "storage/json/loaded_users.hpp"
#include "storage/json/opened_users.hpp"
#include "storage/json/salvage.hpp"
#include "storage/json/session_log_file.hpp"
#include "storage/json/users_file_reader.hpp"
#include "storage/json/users_file_writer.hpp"

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
          journal_(*files_, file_.path()),
          suffix_(".damaged-" + random_name()) {
        const auto info = files_->info(file_.path());
        if (info) known_ = *info;
        plan_book();
        plan_journal();
        plan_steps();
        plan_access();
    }

    const std::vector<std::string>& steps() const override { return steps_; }

    void carry_out() override {
        if (steps_.empty()) return;
        for (const auto& [path, text] : damaged_)
            keep(path + suffix_, text);
        // Nothing is replaced before its copy is sure to be there.
        const auto kept = files_->sync_directory(directory_of(file_.path()));
        if (!kept) cannot(file_.path(), kept.error());
        if (!losses_.empty()) write_users();
        if (access_is_damaged_) write_access();
    }

  private:
    void write_users() {
        const Replacement replaced = file_.replace(
            known_, [this](const TextSink& sink) { return write_book(frame_, view(), sink); });
        if (replaced.outcome != Replaced::yes) cannot(file_.path(), replaced.error);
        const auto emptied = journal_.open(0, false, replaced.info);
        if (!emptied) cannot(journal_.first_path(), emptied.error());
    }

    void write_access() {
        FileInfo owner = known_.value_or(FileInfo());
        const auto now_there = files_->info(file_.path());
        if (now_there) owner = *now_there;
        ConcurrentSessionTable access;
        access.begin_with(std::move(access_));
        auto writer = SessionLogWriter::begin(*files_, access_path(file_.path()), owner);
        result<void> written = writer ? writer->put_all(access, {}) : writer.error();
        if (written) written = writer->sync();
        if (written) written = writer->put_in_place();
        if (written) written = files_->sync_directory(directory_of(file_.path()));
        if (!written) cannot(access_path(file_.path()), written.error());
    }

    [[noreturn]] static void cannot(const std::string& path,
                                    const boost::system::error_code& error) {
        throw StartupError(Errc::store_unavailable,
                           path + ": cannot be written: " + error.message());
    }

    std::string read(const std::string& path) {
        auto text = read_file(*files_, path);
        if (!text && !is_not_found(text.error()))
            throw StartupError(Errc::store_unavailable,
                               path + ": cannot be read: " + text.error().message());
        return text ? std::move(*text) : std::string();
    }

    void say(std::string text) { losses_.push_back(std::move(text)); }

    void plan_book() {
        if (!known_) return;
        const std::string text = read(file_.path());
        const BookOrProblem parsed = read_book(text, {});
        const auto* problem = std::get_if<UsersFileProblem>(&parsed);
        if (problem != nullptr) {
            damaged_[file_.path()] = text;
            say("the book is damaged: " + at_place(file_.path(), problem->place, problem->text));
        }
        // A good book is taken apart in the same way: so its users can be put together with what
        // the journal holds, whoever of them is whole.
        const Salvage salvage =
            problem != nullptr ? salvage_damaged_book(text) : salvage_whole_book(text);
        frame_.members_before_users = salvage.members_before_users;
        if (problem == nullptr)
            frame_.members_after_users = std::get<UsersDocument>(parsed).members_after_users;
        revision_is_known_ = salvage.revision.has_value();
        frame_.revision = salvage.revision.value_or(0);
        frame_.next_id = salvage.next_id.value_or(1);
        for (const SalvageProblem& lost : salvage.lost)
            say("a user is lost: " +
                at_place(file_.path(), place_of(text, lost.offset), lost.text));
        for (const SalvagedUser& user : salvage.users)
            add_salvaged(user, text);
        add_without_id(salvage);
    }

    void add_salvaged(const SalvagedUser& user, std::string_view text) {
        const UserParser& draft = user.draft;
        if (!draft.id) return;
        if (!revision_is_known_)
            frame_.revision = std::max(frame_.revision, draft.revision.value_or(0));
        const auto [place, is_new] = users_.try_emplace(*draft.id, draft);
        if (is_new) return;
        say("a user is dropped, because another one has his id: " +
            at_place(file_.path(), place_of(text, user.offset), std::to_string(*draft.id)));
        if (draft.revision.value_or(0) > place->second.revision.value_or(0)) place->second = draft;
    }

    void add_without_id(const Salvage& salvage) {
        for (const SalvagedUser& user : salvage.users) {
            if (user.draft.id) continue;
            UserId id = frame_.next_id;
            if (!users_.empty()) id = std::max(id, users_.rbegin()->first + 1);
            frame_.next_id = id + 1;
            UserParser draft = user.draft;
            draft.id = id;
            users_[id] = std::move(draft);
        }
    }

    // Every whole batch counts, also behind a broken one: a change holds the whole user.
    void plan_journal() {
        for (const std::string& path : {journal_.first_path(), journal_.next_path()}) {
            const std::string text = read(path);
            const FrameScan scan = scan_frames(text);
            if (scan.damage) {
                damaged_[path] = text;
                say("the journal is damaged: " + path + ": byte " + std::to_string(*scan.damage) +
                    ": a broken batch stands before whole ones");
            }
            for (auto batch = next_framed_batch(text, 0); batch;
                 batch = next_framed_batch(text, batch->end))
                apply(*batch, path);
        }
    }

    void apply(const FramedBatch& batch, const std::string& path) {
        if (revision_is_known_ && batch.number > frame_.revision + 1) {
            say("changes are lost: " + path + ": byte " + std::to_string(batch.begin) +
                ": revision " + std::to_string(batch.number) + " follows " +
                std::to_string(frame_.revision));
            damaged_.try_emplace(path, read(path));
        }
        std::string_view rest = batch.body;
        while (!rest.empty()) {
            const std::string_view line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(line.size() + 1, rest.size()));
            auto change = read_journal_change(line);
            if (!change || change->revision <= frame_.revision) continue;
            frame_.revision = change->revision;
            revision_is_known_ = true;
            frame_.next_id = std::max(frame_.next_id, change->id + 1);
            if (change->kind == JournalChange::Kind::erased)
                users_.erase(change->id);
            else
                users_[change->id] = std::move(change->user);
        }
    }

    // Of two users with one e-mail the one that was changed last keeps it.
    void plan_steps() {
        if (losses_.empty()) return;
        std::vector<const UserParser*> newest_first;
        for (const auto& [id, draft] : users_)
            newest_first.push_back(&draft);
        std::stable_sort(newest_first.begin(), newest_first.end(),
                         [](const UserParser* a, const UserParser* b) {
                             return a->revision.value_or(0) > b->revision.value_or(0);
                         });
        for (const UserParser* draft : newest_first)
            insert(*draft);
        frame_.next_id = std::max(frame_.next_id, index_.table().last_id() + 1);
        give_old_book_an_administrator();
        steps_ = losses_;
        for (const auto& [path, text] : damaged_)
            steps_.push_back("keep " + path + " as " + path + suffix_);
        steps_.push_back("write " + file_.path() + " anew, with " + std::to_string(index_.size()) +
                         " users, and empty the journal");
    }

    void plan_access() {
        const std::string path = access_path(file_.path());
        try {
            (void)load_access(*files_, path);
            return;
        } catch (const StartupError& error) {
            if (error.code() != Errc::store_damaged) throw;
            steps_.push_back(std::string("the sessions are damaged: ") + error.what());
        }
        access_is_damaged_ = true;
        damaged_[path] = read(path);
        access_ = salvage_access(damaged_[path]);
        steps_.push_back("keep " + path + " as " + path + suffix_);
        steps_.push_back("write " + path + " anew, with " + std::to_string(access_.size()) +
                         " sessions");
    }

    void insert(const UserParser& draft) {
        UserRecord record;
        record.id = *draft.id;
        record.email = draft.email;
        // A plain one stays plain until the next start, which can hash it.
        record.password_hash = draft.plain_password.empty() ? std::string_view(draft.password_hash)
                                                            : draft.plain_password.reveal();
        record.role = draft.role.value_or(Role::user);
        record.disabled = draft.disabled;
        record.created_at = draft.created_at.value_or(std::chrono::sys_seconds());
        record.updated_at = draft.updated_at.value_or(record.created_at);
        frame_.revision = std::max(frame_.revision, draft.revision.value_or(1));
        record.revision = draft.revision.value_or(1);
        // A damaged one must not make a book that no start would read.
        record.credentials_revision = std::min(draft.credentials_revision, frame_.revision);
        record.metadata = draft.metadata;
        record.unknown_members = draft.unknown_members;
        if (index_.insert(record) != UserIndex::Inserted::yes)
            say("user " + std::to_string(record.id) + " is dropped, because another one has his " +
                "e-mail \"" + printable(record.email) + "\"");
    }

    void give_old_book_an_administrator() {
        const bool has_roles = std::any_of(users_.begin(), users_.end(), [](const auto& entry) {
            return entry.second.role.has_value();
        });
        if (has_roles || index_.size() == 0) return;
        User first = to_user(index_.table().chunks_above(0).front()->at(0));
        first.role = Role::admin;
        index_.replace(to_record(first));
    }

    UserView view() const {
        UserView view;
        for (const auto& chunk : index_.table().chunks_above(0))
            view.push_back(chunk.get());
        return view;
    }

    void keep(const std::string& path, std::string_view text) {
        auto file = files_->open(path, OpenMode::create);
        if (!file) cannot(path, file.error());
        const auto written = append_all(**file, text);
        if (!written) cannot(path, written.error());
        const auto synced = (*file)->sync();
        if (!synced) cannot(path, synced.error());
    }

    std::shared_ptr<FileSystem> files_;
    std::unique_ptr<FileLock> lock_;
    AtomicFile file_;
    Journal journal_;
    std::string suffix_;
    std::optional<FileInfo> known_;
    std::map<UserId, UserParser> users_;
    UserIndex index_;
    UsersFileFrame frame_;
    bool revision_is_known_ = true;
    SessionIndex access_;
    bool access_is_damaged_ = false;
    std::map<std::string, std::string> damaged_;
    std::vector<std::string> losses_;
    std::vector<std::string> steps_;
};

}  // namespace

std::unique_ptr<StoreRepair> plan_json_repair(const std::string& path,
                                              std::shared_ptr<FileSystem> files) {
    const auto real = files->resolve(path);
    if (!real)
        throw StartupError(Errc::store_unavailable,
                           path + ": cannot be opened: " + real.error().message());
    auto lock = lock_for_writing(*files, *real);
    finish_replacement(*files, json_store_files(*real));
    return std::make_unique<JsonRepair>(std::move(files), std::move(lock), *real);
}

}  // namespace roster::storage
