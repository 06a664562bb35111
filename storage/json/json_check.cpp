#include "storage/json/json_maintenance.hpp"

#include "core/text.hpp"
#include "storage/core/store_files.hpp"
#include "storage/json/atomic_file.hpp"
#include "storage/json/journal.hpp"
#include "storage/json/session_log.hpp"
#include "storage/json/users_loading.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace roster::storage {
namespace {

class Check {
  public:
    Check(FileSystem& files, std::string path)
        : files_(files), path_(std::move(path)), record_(record_path(files, path_)) {}

    StoreReport run() {
        check_directory();
        const bool users_are_good = check_record();
        const bool first_is_good = check_journal(journal_path(path_));
        const bool next_is_good = check_journal(next_journal_path(path_));
        check_sessions();
        if (users_are_good && first_is_good && next_is_good) check_together();
        return std::move(report_);
    }

  private:
    void note(std::string text) {
        report_.findings.push_back({Finding::Kind::note, std::move(text)});
    }
    void damage(std::string text) {
        const auto is_known = [&text](const Finding& finding) { return finding.text == text; };
        if (std::none_of(report_.findings.begin(), report_.findings.end(), is_known))
            report_.findings.push_back({Finding::Kind::damage, std::move(text)});
    }

    void damage_in_file(Diagnostic problem) {
        problem.location.file = record_;
        damage(to_string(problem));
    }

    std::optional<std::string> read(const std::string& path) {
        auto text = read_file(files_, path);
        if (!text && is_not_found(text.error())) return std::nullopt;
        if (!text) throw_unavailable(path, "read", text.error());
        return std::move(*text);
    }

    void check_directory() {
        for (std::string& problem : problems_of_place(files_, path_))
            note(std::move(problem));
        if (is_being_replaced(files_, path_))
            note(path_ +
                 ": another store was chosen to replace it; the next start puts it in place");
        const auto names = files_.list(directory_of(path_));
        if (!names) return;
        for (const std::string& name : *names)
            if (is_temporary_file(name_of(path_), name) ||
                is_temporary_file(name_of(session_log_path(path_)), name))
                note(directory_of(path_) + "/" + name +
                     ": left behind by a process that was "
                     "killed; the next start removes it");
    }

    // The users file, or the snapshot that is apart from it.
    bool check_record() {
        auto text = read(record_);
        if (text) text = without_mark(std::move(*text));
        if (!text) {
            note(path_ + ": not found: an empty store");
            return true;
        }
        auto parsed = read_users_file(*text, {});
        if (auto* problem = std::get_if<Diagnostic>(&parsed)) {
            damage_in_file(std::move(*problem));
            check_each_user(*text);
            return false;
        }
        const auto& document = std::get<UsersDocument>(parsed);
        report_.users = document.users.size();
        if (document.users.size() > 0 && document.users.admins() == 0)
            note(record_ + ": has no administrator");
        return true;
    }

    // The strict reader stops at the first problem; there may be more.
    void check_each_user(std::string_view text) {
        const RecoveredUsers recovered = recover_users(text);
        for (const Diagnostic& lost : recovered.lost)
            damage_in_file(lost);
        boost::unordered_flat_set<UserId> ids;
        boost::unordered_flat_set<std::string> emails;
        boost::unordered_flat_set<std::string> usernames;
        for (const auto& [user, base] : recovered.users) {
            const auto report = [&, start = base](std::size_t token, std::string what) {
                const auto at = start + offset_of_token(text.substr(start), token);
                damage_in_file(Diagnostic(std::move(what), locate(text, at)));
            };
            const ParsedUser& fields = user.fields;
            if (fields.id && !ids.insert(*fields.id).second)
                report(user.id_token, "two users have the id " + std::to_string(*fields.id));
            if (!emails.insert(fold_email(fields.email)).second)
                report(user.email_token,
                       "two users have the e-mail \"" + printable(fields.email) + "\"");
            const std::string& username = fields.profile.username;
            if (!username.empty() && !usernames.insert(fold_email(username)).second)
                report(user.username_token, "two users have the username \"" + username + "\"");
        }
        report_.users = recovered.users.size();
        note(record_ + ": users that can be read: " + std::to_string(recovered.users.size()));
    }

    bool check_journal(const std::string& path) {
        const auto text = read(path);
        if (!text) return true;
        bool is_good = true;
        std::uint64_t at = 0;
        std::uint64_t changes = 0;
        while (at < text->size()) {
            const auto next = next_framed_batch(*text, at);
            if (next && next->begin == at) {
                changes += next->count;
            } else if (next) {
                damage(path + ": byte " + std::to_string(at) + ": " +
                       std::to_string(next->begin - at) +
                       " bytes of broken batches before whole ones");
                is_good = false;
                changes += next->count;
            } else {
                note(path + ": byte " + std::to_string(at) + ": " +
                     std::to_string(text->size() - at) +
                     " bytes that were never acknowledged; the next start cuts them off");
                break;
            }
            at = next->end;
        }
        if (changes > 0) note(path + ": holds " + std::to_string(changes) + " changes");
        return is_good;
    }

    void check_sessions() {
        const std::string path = session_log_path(path_);
        try {
            const LoadedSessions loaded = load_sessions(files_, path);
            if (loaded.index.size() > 0)
                note(path + ": holds " + std::to_string(loaded.index.size()) + " sessions");
            if (loaded.torn_bytes > 0)
                note(path + ": byte " + std::to_string(loaded.good_bytes) + ": " +
                     std::to_string(loaded.torn_bytes) +
                     " bytes that were never acknowledged; the next start cuts them off");
        } catch (const StartupError& error) {
            if (error.code() != Errc::store_damaged) throw;
            damage(error.what());
        }
    }

    void check_together() {
        OpenOptions options;
        options.now = [] { return std::chrono::sys_seconds(); };
        try {
            LoadedUsers loaded = load_users(path_, options, files_, PlainPasswords::leave_out);
            if (record_ != path_) check_copy();
            auto problem =
                add_waiting_edit(path_, options, files_, PlainPasswords::leave_out, loaded);
            if (problem) {
                problem->location.file = path_;
                note(to_string(*problem) + "; the text is not taken over until it is corrected");
            }
            if (loaded.edited > 0)
                note(path_ + ": " + std::to_string(loaded.edited) +
                     " users were edited; the next start takes that over");
            if (loaded.left_out > 0)
                note(path_ + ": " + std::to_string(loaded.left_out) +
                     " passwords are plain; the next start hashes them");
            report_.users = loaded.document.users.size();
        } catch (const StartupError& error) {
            damage(error.what());
        }
    }

    // Whatever it is, a server starts.
    void check_copy() {
        const auto text = read_file(files_, path_);
        if (text) return;
        note(path_ + (is_not_found(text.error())
                          ? ": not found; the next start writes it again"
                          : ": cannot be read: " + text.error().message() +
                                "; a server goes on with its own users, and tries again"));
    }

    FileSystem& files_;
    std::string path_;
    std::string record_;
    StoreReport report_;
};

}  // namespace

StoreReport check_json_store(const std::string& path, FileSystem& files) {
    return Check(files, real_path_of(files, path)).run();
}

}  // namespace roster::storage
