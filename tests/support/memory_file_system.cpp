#include "support/memory_file_system.hpp"

#include <boost/system/errc.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace roster::storage::testing {
namespace {

boost::system::error_code error_of(boost::system::errc::errc_t error) {
    return make_error_code(error);
}

}  // namespace

class MemoryFileSystem::OpenFile final : public File {
  public:
    OpenFile(MemoryFileSystem& files, std::shared_ptr<Inode> inode)
        : files_(files), inode_(std::move(inode)) {}

    result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
        const std::lock_guard lock(files_.mutex_);
        if (offset >= inode_->text.size()) return std::size_t{0};
        const auto begin = static_cast<std::size_t>(offset);
        return inode_->text.copy(into.data(), into.size(), begin);
    }

    result<std::size_t> append(std::string_view bytes) override {
        const std::lock_guard lock(files_.mutex_);
        files_.write(*inode_, Write{inode_->text.size(), std::string(bytes)});
        return bytes.size();
    }

    result<void> sync() override {
        const std::lock_guard lock(files_.mutex_);
        inode_->synced = inode_->text;
        inode_->unsynced.clear();
        return {};
    }

    result<void> truncate(std::uint64_t size_bytes) override {
        const std::lock_guard lock(files_.mutex_);
        files_.write(*inode_, Write{static_cast<std::size_t>(size_bytes), {}});
        return {};
    }

    result<FileInfo> info() const override {
        const std::lock_guard lock(files_.mutex_);
        return inode_->info;
    }

    result<void> set_owner_and_mode(const FileInfo& like, const std::string&) override {
        const std::lock_guard lock(files_.mutex_);
        inode_->info.mode = like.mode;
        inode_->info.owner = like.owner;
        inode_->info.group = like.group;
        return {};
    }

  private:
    MemoryFileSystem& files_;
    std::shared_ptr<Inode> inode_;
};

class MemoryFileSystem::Lock final : public FileLock {
  public:
    Lock(std::shared_ptr<std::set<std::string>> locked, std::string path)
        : locked_(std::move(locked)), path_(std::move(path)) {}
    ~Lock() override { locked_->erase(path_); }

  private:
    std::shared_ptr<std::set<std::string>> locked_;
    std::string path_;
};

MemoryFileSystem::MemoryFileSystem() : locked_(std::make_shared<std::set<std::string>>()) {}

void MemoryFileSystem::apply(const DirectoryChange& change, Entries& entries) {
    for (const auto& [name, inode] : change) {
        if (inode)
            entries[name] = inode;
        else
            entries.erase(name);
    }
}

// What is left of a file after a power cut during its last writes.
std::string MemoryFileSystem::torn(const Inode& inode, std::mt19937& random) {
    std::string text = inode.synced;
    std::size_t whole = inode.unsynced.empty() ? 0 : random() % (inode.unsynced.size() + 1);
    for (const Write& write : inode.unsynced) {
        text.resize(write.size);
        if (whole > 0) {
            --whole;
            text += write.added;
            continue;
        }
        std::string part = write.added.substr(0, random() % (write.added.size() + 1));
        if (random() % 3 == 0) part = std::string(part.size(), '\0');
        return text + part;
    }
    return text;
}

std::shared_ptr<MemoryFileSystem> MemoryFileSystem::with(const Entries& entries,
                                                         std::mt19937* random) const {
    auto after = std::make_shared<MemoryFileSystem>();
    after->next_inode_ = next_inode_;
    after->time_ = time_ + 1;
    for (const auto& [name, inode] : entries) {
        auto copy = std::make_shared<Inode>(*inode);
        copy->text = random != nullptr ? torn(*inode, *random) : inode->synced;
        copy->synced = copy->text;
        copy->unsynced.clear();
        copy->info.size_bytes = copy->text.size();
        after->entries_[name] = copy;
    }
    after->synced_entries_ = after->entries_;
    return after;
}

std::shared_ptr<MemoryFileSystem> MemoryFileSystem::after_power_cut() const {
    const std::lock_guard lock(mutex_);
    return with(synced_entries_, nullptr);
}

std::shared_ptr<MemoryFileSystem> MemoryFileSystem::after_power_cut(std::mt19937& random) const {
    const std::lock_guard lock(mutex_);
    Entries entries = synced_entries_;
    for (const DirectoryChange& change : unsynced_changes_)
        if (random() % 2 == 0) apply(change, entries);
    return with(entries, &random);
}

std::shared_ptr<MemoryFileSystem> MemoryFileSystem::after_restart() const {
    const std::lock_guard lock(mutex_);
    auto after = std::make_shared<MemoryFileSystem>();
    after->next_inode_ = next_inode_;
    after->time_ = time_ + 1;
    for (const auto& [name, inode] : entries_)
        after->entries_[name] = std::make_shared<Inode>(*inode);
    for (const auto& [name, inode] : synced_entries_)
        after->synced_entries_[name] = std::make_shared<Inode>(*inode);
    return after;
}

void MemoryFileSystem::save(const std::string& path, std::string_view text) {
    const std::lock_guard lock(mutex_);
    auto inode = make_inode();
    write(*inode, Write{0, std::string(text)});
    inode->synced = inode->text;
    inode->unsynced.clear();
    entries_[path] = inode;
    synced_entries_[path] = inode;
    // This change supersedes the older ones of the same name.
    for (DirectoryChange& change : unsynced_changes_)
        std::erase_if(change, [&](const auto& entry) { return entry.first == path; });
}

bool MemoryFileSystem::exists(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    return find(path) != nullptr;
}

std::string MemoryFileSystem::text_of(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto inode = find(path);
    return inode ? inode->text : "";
}

std::vector<std::string> MemoryFileSystem::names() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [path, inode] : entries_)
        names.push_back(name_of(path));
    return names;
}

std::shared_ptr<MemoryFileSystem::Inode> MemoryFileSystem::find(const std::string& path) const {
    const auto entry = entries_.find(path);
    return entry == entries_.end() ? nullptr : entry->second;
}

std::shared_ptr<MemoryFileSystem::Inode> MemoryFileSystem::make_inode() {
    auto inode = std::make_shared<Inode>();
    inode->info.inode = next_inode_++;
    inode->info.mode = 0600;
    inode->info.modified = std::chrono::nanoseconds(++time_);
    inode->info.changed = inode->info.modified;
    return inode;
}

void MemoryFileSystem::write(Inode& inode, Write write) {
    inode.text.resize(write.size);
    inode.text += write.added;
    inode.info.size_bytes = inode.text.size();
    inode.info.modified = std::chrono::nanoseconds(++time_);
    inode.info.changed = inode.info.modified;
    inode.unsynced.push_back(std::move(write));
}

void MemoryFileSystem::change_directory(DirectoryChange change) {
    apply(change, entries_);
    unsynced_changes_.push_back(std::move(change));
}

result<std::unique_ptr<File>> MemoryFileSystem::open(const std::string& path, OpenMode mode) {
    const std::lock_guard lock(mutex_);
    auto inode = find(path);
    if (inode && mode == OpenMode::create) return error_of(boost::system::errc::file_exists);
    if (!inode && mode == OpenMode::read)
        return error_of(boost::system::errc::no_such_file_or_directory);
    if (!inode) {
        inode = make_inode();
        change_directory({{path, inode}});
    }
    return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, std::move(inode)));
}

result<void> MemoryFileSystem::rename(const std::string& from, const std::string& to) {
    const std::lock_guard lock(mutex_);
    const auto inode = find(from);
    if (!inode) return error_of(boost::system::errc::no_such_file_or_directory);
    change_directory({{from, nullptr}, {to, inode}});
    return {};
}

result<void> MemoryFileSystem::link(const std::string& path, const std::string& second) {
    const std::lock_guard lock(mutex_);
    const auto inode = find(path);
    if (!inode) return error_of(boost::system::errc::no_such_file_or_directory);
    if (find(second)) return error_of(boost::system::errc::file_exists);
    change_directory({{second, inode}});
    return {};
}

result<void> MemoryFileSystem::exchange(const std::string& one, const std::string& other) {
    const std::lock_guard lock(mutex_);
    const auto first = find(one);
    const auto second = find(other);
    if (!first || !second) return error_of(boost::system::errc::no_such_file_or_directory);
    change_directory({{one, second}, {other, first}});
    return {};
}

result<void> MemoryFileSystem::remove(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (!find(path)) return error_of(boost::system::errc::no_such_file_or_directory);
    change_directory({{path, nullptr}});
    return {};
}

result<void> MemoryFileSystem::sync_directory(const std::string& path) {
    const std::lock_guard lock(mutex_);
    const auto is_inside = [&path](const auto& entry) { return directory_of(entry.first) == path; };
    std::erase_if(synced_entries_, is_inside);
    std::copy_if(entries_.begin(), entries_.end(),
                 std::inserter(synced_entries_, synced_entries_.end()), is_inside);
    for (DirectoryChange& change : unsynced_changes_)
        std::erase_if(change, is_inside);
    return {};
}

result<FileInfo> MemoryFileSystem::info(const std::string& path) {
    const std::lock_guard lock(mutex_);
    const auto inode = find(path);
    if (!inode) return error_of(boost::system::errc::no_such_file_or_directory);
    return inode->info;
}

result<std::vector<std::string>> MemoryFileSystem::list(const std::string& path) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [entry, inode] : entries_)
        if (directory_of(entry) == path) names.push_back(name_of(entry));
    return names;
}

result<std::string> MemoryFileSystem::resolve(const std::string& path) {
    return path;
}

result<std::unique_ptr<FileLock>> MemoryFileSystem::lock(const std::string& path,
                                                         std::string_view text) {
    auto file = open(path, OpenMode::append);
    if (!file) return file.error();
    const std::lock_guard lock(mutex_);
    if (!locked_->insert(path).second)
        return error_of(boost::system::errc::resource_unavailable_try_again);
    write(*find(path), Write{0, std::string(text)});
    return std::unique_ptr<FileLock>(std::make_unique<Lock>(locked_, path));
}

bool MemoryFileSystem::is_locked(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return locked_->contains(path);
}

}  // namespace roster::storage::testing
