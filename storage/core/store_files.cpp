#include "storage/core/store_files.hpp"

#include "core/files/file_attributes.hpp"
#include "core/files/file_system.hpp"

#include <boost/system/errc.hpp>

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace roster::storage {
namespace {

constexpr std::string_view kNew = ".new-";
constexpr std::string_view kChoice = ".replacing";
constexpr std::size_t kRandomChars = 16;

void remove_if_there(FileSystem& files, const std::string& path) {
    const auto removed = files.remove(path);
    if (!removed && !is_not_found(removed.error()))
        throw_unavailable(path, "removed", removed.error());
}

bool exists(FileSystem& files, const std::string& path) {
    const auto info = files.info(path);
    if (!info && !is_not_found(info.error())) throw_unavailable(path, "read", info.error());
    return info.has_value();
}

// Which new store was chosen, and where the old one is kept; both as endings of file names.
struct Choice {
    std::string ending;
    std::string keep;
};

std::string text_of(const Choice& choice) {
    return choice.ending + "\n" + choice.keep + "\n";
}

// The record is renamed into place when it is complete: one that does not parse is not ours.
std::optional<Choice> read_choice(FileSystem& files, const std::string& main) {
    const std::string path = main + std::string(kChoice);
    const auto text = read_file(files, path);
    if (!text && is_not_found(text.error())) return std::nullopt;
    if (!text) throw_unavailable(path, "read", text.error());
    Choice choice;
    const auto first = text->find('\n');
    if (first != std::string::npos) {
        choice.ending = text->substr(0, first);
        choice.keep = text->substr(first + 1);
        if (!choice.keep.empty()) choice.keep.pop_back();
    }
    const bool is_ours = text_of(choice) == *text && choice.ending.starts_with(kNew) &&
                         is_random_name(std::string_view(choice.ending).substr(kNew.size())) &&
                         (choice.keep.empty() || choice.keep.front() == '.') &&
                         choice.keep.find('/') == std::string::npos;
    if (!is_ours)
        throw StartupError(
            Errc::store_damaged,
            path + ": does not name the store that is to replace " + main + "; it was not changed");
    return choice;
}

// Starts again from the beginning after every kill, so each step must accept what earlier runs
// left. The new main file is renamed last; until then every log belongs to the old store.
class Finish {
  public:
    Finish(FileSystem& files, const StoreFiles& store, const Choice& choice)
        : files_(files),
          store_(store),
          staged_(store.main + choice.ending),
          kept_(choice.keep.empty() ? "" : store.main + choice.keep) {}

    void run() {
        if (exists(files_, staged_)) {
            keep_main();
            for (const std::string& ending : store_.logs)
                move_away(ending);
            for (const std::string& ending : store_.companions)
                if (exists(files_, staged_ + ending)) move_away(ending);
            // The old files are durable under their new names before the new files replace them.
            sync();
            for (const std::string& ending : store_.companions)
                if (exists(files_, staged_ + ending))
                    rename(staged_ + ending, store_.main + ending);
            sync();
            rename(staged_, store_.main);
            sync();
        }
        remove_if_there(files_, store_.main + std::string(kChoice));
        sync();
    }

  private:
    // A hard link, so that the store's own name always names the old file or the new one.
    void keep_main() {
        if (kept_.empty() || !exists(files_, store_.main) || exists(files_, kept_)) return;
        const auto linked = files_.link(store_.main, kept_);
        if (!linked) rename(store_.main, kept_);
    }

    void move_away(const std::string& ending) {
        const std::string path = store_.main + ending;
        if (!exists(files_, path)) return;
        if (kept_.empty())
            remove_if_there(files_, path);
        else
            rename(path, kept_ + ending);
    }

    void rename(const std::string& from, const std::string& to) {
        must(files_.rename(from, to), to, "put in place");
    }

    void sync() {
        must(files_.sync_directory(directory_of(store_.main)), store_.main, "made durable");
    }

    FileSystem& files_;
    const StoreFiles& store_;
    std::string staged_;
    std::string kept_;
};

void remove_unchosen(FileSystem& files, const std::string& main) {
    const auto names = files.list(directory_of(main));
    if (!names) return;
    const std::string prefix = name_of(main) + std::string(kNew);
    for (const std::string& name : *names)
        if (name.starts_with(prefix) &&
            is_random_name(std::string_view(name).substr(prefix.size(), kRandomChars)))
            (void)files.remove(directory_of(main) + "/" + name);
}

}  // namespace

std::vector<std::string> StoreFiles::paths() const {
    std::vector<std::string> all;
    for (const char* ending :
         {"", ".lock", ".audit", ".audit.lock", ".replacing", ".setup", ".sock"})
        all.push_back(main + ending);
    for (const std::string& ending : companions)
        all.push_back(main + ending);
    for (const std::string& ending : logs)
        all.push_back(main + ending);
    return all;
}

std::vector<std::string> problems_of_place(FileSystem& files, const std::string& main) {
    constexpr std::uint32_t kOthers = 0077;
    std::vector<std::string> problems;
    const auto info = files.info(main);
    const MountInfo mount = files.mount_of(info ? main : directory_of(main));
    if (info && info->is_regular && (info->mode & kOthers) != 0)
        problems.push_back(main +
                           ": other users of this machine may read or write it; chmod 600 it");
    if (!mount.network.empty())
        problems.push_back(main + ": is on a network file system (" + mount.network +
                           "), where locks and syncs cannot be trusted; keep it on a disk of this "
                           "machine, and backups of it there");
    // A directory may well be one, as a volume of a container is.
    if (info && mount.is_mount_point)
        problems.push_back(main +
                           ": is mounted by itself, so that it can only be written in place, "
                           "and the files beside it, with what was acknowledged, may go with the "
                           "container; mount the directory " +
                           directory_of(main) + " instead");
    return problems;
}

std::string real_path_of(FileSystem& files, const std::string& path) {
    auto real = files.resolve(path);
    if (real) return std::move(*real);
    const std::string directory = directory_of(path);
    if (!is_not_found(real.error()) || files.info(directory))
        throw_unavailable(path, "opened", real.error());
    throw StartupError(
        Errc::store_unavailable,
        path + ": the directory " + directory + " does not exist; make it, or correct the path");
}

bool store_exists(FileSystem& files, const StoreFiles& store) {
    const auto may_exist = [&](const std::string& path) {
        const auto info = files.info(path);
        return info || !is_not_found(info.error());
    };
    return may_exist(store.main) || may_exist(store.main + std::string(kChoice)) ||
           std::any_of(store.logs.begin(), store.logs.end(),
                       [&](const std::string& ending) { return may_exist(store.main + ending); });
}

StagedStore::StagedStore(std::shared_ptr<FileSystem> files, StoreFiles store)
    : files_(std::move(files)),
      store_(std::move(store)),
      ending_(std::string(kNew) + random_name()),
      path_(store_.main + ending_) {}

StagedStore::~StagedStore() {
    if (is_chosen_) return;
    const std::string name = name_of(path_);
    const auto names = files_->list(directory_of(path_));
    if (!names) return;
    for (const std::string& found : *names)
        if (found.starts_with(name)) (void)files_->remove(directory_of(path_) + "/" + found);
}

void StagedStore::put_in_place(const std::string& keep, Mode mode) {
    refuse_foreign_files();
    take_owner(mode);
    choose(keep);
    try {
        Finish(*files_, store_, {ending_, keep}).run();
    } catch (const StartupError& error) {
        throw StartupError(error.code(), std::string(error.what()) +
                                             "; the new store is complete, and the next start "
                                             "with it finishes this");
    }
}

// It could not be replaced once the new store is chosen.
void StagedStore::refuse_foreign_files() const {
    std::vector<std::string> endings = {""};
    endings.insert(endings.end(), store_.companions.begin(), store_.companions.end());
    endings.insert(endings.end(), store_.logs.begin(), store_.logs.end());
    for (const std::string& ending : endings) {
        const std::string path = store_.main + ending;
        const auto info = files_->info(path);
        if (info && !info->is_regular)
            throw StartupError(Errc::store_unavailable,
                               path + ": is not a regular file, and cannot be replaced by one");
        if (info && !is_trusted(*info))
            throw StartupError(Errc::store_unavailable,
                               path + ": belongs to another user (" + std::to_string(info->owner) +
                                   "), in a directory where others may write, and would give the "
                                   "new file to them; remove it, or run this as that user");
    }
}

// Only the owner of such a directory, who can do anything in it, and this user. Nobody but root
// gives a file to another one.
bool StagedStore::is_trusted(const FileInfo& file) const {
    constexpr std::uint32_t kOthers = 0022;
    if (::geteuid() != 0) return true;
    const auto directory = files_->info(directory_of(store_.main));
    return !directory || (directory->mode & kOthers) == 0 || file.owner == directory->owner ||
           file.owner == ::geteuid();
}

void StagedStore::take_owner(Mode mode) {
    const auto there = files_->info(store_.main);
    auto old = there ? std::optional(*there) : std::nullopt;
    if (!old && mode == Mode::as_before) old = owner_of_new_file(*files_, store_.main);
    if (!old) return;
    const auto give = [&](const std::string& path, const FileInfo& owner) {
        const auto file = files_->open(path, OpenMode::append);
        must(file ? (*file)->set_owner_and_mode(owner) : file.error(), path, "opened");
    };
    give(path_, mode == Mode::as_before ? *old : old->as_private());
    for (const std::string& ending : store_.companions)
        give(path_ + ending, old->as_private());
}

// The rename commits the replacement.
void StagedStore::choose(const std::string& keep) {
    const std::string written = path_ + std::string(kChoice);
    const std::string chosen = store_.main + std::string(kChoice);
    const auto file = must(files_->open(written, OpenMode::create), written, "written");
    must(append_all(*file, text_of({ending_, keep})), written, "written");
    must(file->sync(), written, "written");
    // The new files must be durable before the record that names them.
    must(files_->sync_directory(directory_of(path_)), path_, "made durable");
    must(files_->rename(written, chosen), chosen, "written");
    const auto synced = files_->sync_directory(directory_of(path_));
    if (!synced) {
        // A power failure could leave either store; both are complete.
        (void)files_->remove(chosen);
        (void)files_->sync_directory(directory_of(path_));
        throw_unavailable(chosen, "made durable", synced.error());
    }
    is_chosen_ = true;
}

bool is_being_replaced(FileSystem& files, const std::string& main) {
    return exists(files, main + std::string(kChoice));
}

void finish_replacement(FileSystem& files, const StoreFiles& store) {
    if (const auto choice = read_choice(files, store.main)) Finish(files, store, *choice).run();
    remove_unchosen(files, store.main);
}

std::string free_ending(FileSystem& files, const StoreFiles& store, const std::string& wish) {
    const auto is_taken = [&](const std::string& ending) {
        const std::string path = store.main + ending;
        const auto is_there = [&](const std::string& companion) {
            return exists(files, path + companion);
        };
        return exists(files, path) ||
               std::any_of(store.companions.begin(), store.companions.end(), is_there) ||
               std::any_of(store.logs.begin(), store.logs.end(), is_there);
    };
    std::string free = wish;
    for (int i = 2; is_taken(free); ++i)
        free = wish + "." + std::to_string(i);
    return free;
}

void throw_missing_store(const std::string& store) {
    throw StartupError(Errc::store_unavailable,
                       store +
                           ": does not exist; correct the path, or make a store there with "
                           "'roster serve' or 'roster user add'");
}

}  // namespace roster::storage
