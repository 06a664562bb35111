#include "storage/json/json_check.hpp"

#include "core/text.hpp"
#include "storage/core/store_files.hpp"
#include "storage/json/atomic_file.hpp"
#include "storage/json/damaged.hpp"
#include "storage/json/journal.hpp"
#include "storage/json/journal_format.hpp"
#include "storage/json/journal_replay.hpp"
#include "storage/json/salvage.hpp"
#include "storage/json/session_log_file.hpp"
#include "storage/json/users_file_reader.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace roster::storage {
namespace {

class Check {
  public:
    Check(FileSystem& files, std::string path)
        : files_(files), path_(std::move(path)), journal_(files_, path_) {}

    StoreReport run() {
        check_surroundings();
        UsersDocument book;
        const bool book_is_good = check_book(book);
        const bool first_is_good = check_journal_text(journal_.first_path());
        const bool next_is_good = check_journal_text(journal_.next_path());
        check_access();
        if (book_is_good && first_is_good && next_is_good) check_together(book);
        report_.users = book.users.size();
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

    std::optional<std::string> read(const std::string& path) {
        auto text = read_file(files_, path);
        if (!text && is_not_found(text.error())) return std::nullopt;
        if (!text)
            throw StartupError(Errc::store_unavailable,
                               path + ": cannot be read: " + text.error().message());
        return std::move(*text);
    }

    void check_surroundings() {
        constexpr std::uint32_t kOthers = 0077;
        const auto info = files_.info(path_);
        if (info && (info->mode & kOthers) != 0)
            note(path_ + ": other users of this machine may read or write it");
        if (is_being_replaced(files_, path_))
            note(path_ +
                 ": another store was chosen to replace it; the next start puts it in place");
        const auto names = files_.list(directory_of(path_));
        if (!names) return;
        for (const std::string& name : *names)
            if (is_temporary_book(name_of(path_), name) ||
                is_temporary_book(name_of(access_path(path_)), name))
                note(directory_of(path_) + "/" + name +
                     ": left behind by a process that was "
                     "killed; the next start removes it");
    }

    bool check_book(UsersDocument& book) {
        const auto text = read(path_);
        if (!text) {
            note(path_ + ": is not there: an empty store");
            return true;
        }
        BookOrProblem parsed = read_book(*text, {});
        if (const auto* problem = std::get_if<UsersFileProblem>(&parsed)) {
            damage(at_place(path_, problem->place, problem->text));
            check_each_user(*text);
            return false;
        }
        book = std::move(std::get<UsersDocument>(parsed));
        if (!book.plain_passwords.empty())
            note(path_ + ": " + std::to_string(book.plain_passwords.size()) +
                 " passwords are plain; the next start hashes them");
        if (book.users.size() > 0 && book.users.admins() == 0)
            note(path_ + ": has no administrator");
        return true;
    }

    // The strict reader stops at the first problem; there may be more.
    void check_each_user(std::string_view text) {
        const Salvage salvage = salvage_damaged_book(text);
        for (const SalvageProblem& lost : salvage.lost)
            damage(at_place(path_, place_of(text, lost.offset), lost.text));
        boost::unordered_flat_map<UserId, std::size_t> ids;
        boost::unordered_flat_map<std::string, std::size_t> emails;
        for (const SalvagedUser& user : salvage.users) {
            const auto& draft = user.draft;
            const auto at = [&](std::string_view member) {
                return place_of(text, user.offset + offset_of_token(text.substr(user.offset),
                                                                    draft.token_of(member)));
            };
            if (draft.id && !ids.emplace(*draft.id, user.offset).second)
                damage(at_place(path_, at("id"),
                                "two users have the id " + std::to_string(*draft.id)));
            if (!emails.emplace(fold_email(draft.email), user.offset).second)
                damage(at_place(path_, at("email"),
                                "two users have the e-mail \"" + printable(draft.email) + "\""));
        }
        note(path_ + ": " + std::to_string(salvage.users.size()) + " users can be read");
    }

    bool check_journal_text(const std::string& path) {
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
                       " bytes of broken batches stand before whole ones");
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

    void check_access() {
        const std::string path = access_path(path_);
        try {
            const LoadedSessions loaded = load_access(files_, path);
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

    void check_together(UsersDocument& book) {
        try {
            (void)replay_journal(files_, journal_, book);
            const auto problem = complete_book({}, book);
            if (problem) {
                const auto text = read(path_);
                damage(at_place(path_, place_of_token(text.value_or(""), problem->token),
                                problem->text));
            }
        } catch (const StartupError& error) {
            damage(error.what());
        }
    }

    FileSystem& files_;
    std::string path_;
    Journal journal_;
    StoreReport report_;
};

}  // namespace

StoreReport check_json_store(const std::string& path, FileSystem& files) {
    const auto real = files.resolve(path);
    if (!real)
        throw StartupError(Errc::store_unavailable,
                           path + ": cannot be opened: " + real.error().message());
    return Check(files, *real).run();
}

}  // namespace roster::storage
