#include "core/files/descriptor.hpp"
#include "core/files/file_attributes.hpp"
#include "core/files/file_system.hpp"

#include <boost/system/system_error.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

namespace roster {
namespace {

// Repeats a call that a signal interrupted.
template <class Call>
auto uninterrupted(Call call) {
    auto returned = call();
    while (returned == -1 && errno == EINTR)
        returned = call();
    return returned;
}

Descriptor open_descriptor(const std::string& path, int flags, mode_t mode = 0) {
    return Descriptor(uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); }));
}

std::chrono::nanoseconds since_epoch(const timespec& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

FileInfo to_info(const struct stat& status) {
    FileInfo info;
    info.size_bytes = static_cast<std::uint64_t>(status.st_size);
    info.mode = static_cast<std::uint32_t>(status.st_mode & 07777);
    info.owner = status.st_uid;
    info.group = status.st_gid;
    info.device = static_cast<std::uint64_t>(status.st_dev);
    info.inode = static_cast<std::uint64_t>(status.st_ino);
    info.modified = since_epoch(status.st_mtim);
    info.changed = since_epoch(status.st_ctim);
    info.links = static_cast<std::uint64_t>(status.st_nlink);
    info.is_regular = S_ISREG(status.st_mode);
    return info;
}

class PosixFile final : public File {
  public:
    explicit PosixFile(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

    result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
        const auto got = uninterrupted([&] {
            return ::pread(descriptor_.get(), into.data(), into.size(), static_cast<off_t>(offset));
        });
        if (got < 0) return last_error();
        return static_cast<std::size_t>(got);
    }

    result<std::size_t> append(std::string_view bytes) override {
        const auto put =
            uninterrupted([&] { return ::write(descriptor_.get(), bytes.data(), bytes.size()); });
        if (put < 0) return last_error();
        return static_cast<std::size_t>(put);
    }

    // Never repeated: the kernel may have dropped the pages it failed to write, and would report
    // success the second time.
    result<void> sync() override {
        if (::fdatasync(descriptor_.get()) != 0) return last_error();
        return {};
    }

    result<void> truncate(std::uint64_t size_bytes) override {
        const auto failed = uninterrupted(
            [&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size_bytes)); });
        if (failed != 0) return last_error();
        return {};
    }

    result<FileInfo> info() const override {
        struct stat status {};
        if (::fstat(descriptor_.get(), &status) != 0) return last_error();
        return to_info(status);
    }

    // A process that may not change the owner can still set a group that it is in. The rights come
    // last: a group that a list keeps out gets none for a moment either.
    result<void> set_owner_and_mode(const FileInfo& like,
                                    const std::string& attributes_of) override {
        const int fd = descriptor_.get();
        const auto no_owner = static_cast<uid_t>(-1);
        if (::fchown(fd, like.owner, like.group) != 0 && ::fchown(fd, no_owner, like.group) != 0 &&
            errno != EPERM)
            return last_error();
        const bool has_attributes = attributes_of.empty() || copy_attributes(attributes_of, fd);
        struct stat mine {};
        if (::fstat(fd, &mine) != 0) return last_error();
        constexpr mode_t kGroup = 0070;
        auto mode = static_cast<mode_t>(like.mode);
        if (mine.st_gid != like.group || !has_attributes) mode &= ~kGroup;
        if (::fchmod(fd, mode) != 0) return last_error();
        return {};
    }

  private:
    Descriptor descriptor_;
};

struct PosixLock final : FileLock {
    explicit PosixLock(Descriptor held) : descriptor(std::move(held)) {}

    Descriptor descriptor;
};

class PosixFileSystem final : public FileSystem {
  public:
    result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
        Descriptor descriptor = open_descriptor(path, flags_of(mode), 0600);
        if (!descriptor.is_open() && errno == ENOENT && mode == OpenMode::append)
            return open(path, OpenMode::create);
        if (!descriptor.is_open()) return last_error();
        struct stat status {};
        if (mode == OpenMode::append && ::fstat(descriptor.get(), &status) == 0 &&
            S_ISREG(status.st_mode) && status.st_nlink > 1)
            return boost::system::error_code(EMLINK, boost::system::system_category());
        // Independent of the umask.
        if (mode == OpenMode::create && ::fchmod(descriptor.get(), 0600) != 0) return last_error();
        return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(descriptor)));
    }

    result<void> rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) return last_error();
        return {};
    }

    result<void> link(const std::string& path, const std::string& second) override {
        if (::link(path.c_str(), second.c_str()) != 0) return last_error();
        return {};
    }

    result<void> exchange(const std::string& one, const std::string& other) override {
        const int failed =
            ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
        if (failed == 0) return {};
        if (errno == EINVAL || errno == ENOSYS) errno = ENOTSUP;
        return last_error();
    }

    result<void> remove(const std::string& path) override {
        if (::unlink(path.c_str()) != 0) return last_error();
        return {};
    }

    result<void> sync_directory(const std::string& path) override {
        const Descriptor descriptor = open_descriptor(path, O_RDONLY | O_DIRECTORY);
        if (!descriptor.is_open()) return last_error();
        if (::fsync(descriptor.get()) != 0) return last_error();
        return {};
    }

    result<FileInfo> info(const std::string& path) override {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) return last_error();
        return to_info(status);
    }

    MountInfo mount_of(const std::string& path) override { return roster::mount_of(path); }

    result<std::vector<std::string>> list(const std::string& path) override {
        std::error_code error;
        std::vector<std::string> names;
        for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end;
             entry.increment(error))
            names.push_back(entry->path().filename().string());
        if (error) return to_boost(error);
        return names;
    }

    result<std::string> resolve(const std::string& path) override {
        namespace fs = std::filesystem;
        constexpr int kMaxLinks = 40;
        std::error_code error;
        fs::path real = fs::absolute(path, error);
        for (int links = 0; !error && fs::is_symlink(real, error); ++links) {
            if (links == kMaxLinks)
                return boost::system::error_code(ELOOP, boost::system::system_category());
            if (!may_follow(real.string()))
                return boost::system::error_code(EACCES, boost::system::system_category());
            const fs::path target = fs::read_symlink(real, error);
            real = real.parent_path() / target;
        }
        if (error == std::errc::no_such_file_or_directory) error.clear();
        // The kernel decides on the links on the way there.
        const std::string directory = real.parent_path().string();
        if (!error && !open_descriptor(directory, O_PATH | O_DIRECTORY).is_open())
            return last_error();
        if (!error) real = fs::canonical(real.parent_path(), error) / real.filename();
        if (error) return to_boost(error);
        return real.string();
    }

    result<std::unique_ptr<FileLock>> lock(const std::string& path,
                                           std::string_view text) override {
        for (;;) {
            // Creates the file if it is missing, with a mode that is independent of the umask.
            const auto made = open(path, OpenMode::append);
            if (!made) return made.error();
            Descriptor descriptor = open_descriptor(path, O_RDWR | O_NOFOLLOW);
            if (!descriptor.is_open() && errno == ENOENT) continue;
            if (!descriptor.is_open()) return last_error();
            const int fd = descriptor.get();
            if (uninterrupted([&] { return ::flock(fd, LOCK_EX | LOCK_NB); }) != 0)
                return last_error();
            // The last holder may have removed it since it was opened: then it excludes no one
            // else.
            if (!is_file_at(path, fd)) continue;
            // The text is for people; the lock is valid without it, for example on a full disk.
            if (::ftruncate(fd, 0) == 0) (void)!::pwrite(fd, text.data(), text.size(), 0);
            return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(std::move(descriptor)));
        }
    }

    bool is_locked(const std::string& path) override {
        const Descriptor descriptor = open_descriptor(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        // The lock of another user may be held.
        if (!descriptor.is_open()) return errno != ENOENT;
        return uninterrupted([&] { return ::flock(descriptor.get(), LOCK_SH | LOCK_NB); }) != 0;
    }

  private:
    // As protected_symlinks of Linux, and where anybody else may write: the link could be a trap
    // for a more privileged process. Source: proc(5), /proc/sys/fs/protected_symlinks.
    static bool may_follow(const std::string& link) noexcept {
        struct stat directory {};
        struct stat status {};
        if (::lstat(link.c_str(), &status) != 0 ||
            ::stat(directory_of(link).c_str(), &directory) != 0)
            return false;
        constexpr mode_t kOthers = 0022;
        return (directory.st_mode & kOthers) == 0 || status.st_uid == ::geteuid() ||
               status.st_uid == directory.st_uid;
    }

    static bool is_file_at(const std::string& path, int fd) noexcept {
        struct stat there {};
        struct stat held {};
        return ::stat(path.c_str(), &there) == 0 && ::fstat(fd, &held) == 0 &&
               there.st_dev == held.st_dev && there.st_ino == held.st_ino;
    }

    static boost::system::error_code to_boost(const std::error_code& error) {
        return {error.value(), boost::system::system_category()};
    }

    // Paths that are written to are resolved before. A link there would be an attack by a user who
    // can write in that directory, to make a more privileged process write elsewhere.
    static int flags_of(OpenMode mode) noexcept {
        switch (mode) {
            // Does not wait at a FIFO.
            case OpenMode::read: return O_RDONLY | O_NONBLOCK;
            case OpenMode::append: return O_RDWR | O_APPEND | O_NOFOLLOW;
            case OpenMode::create: return O_RDWR | O_APPEND | O_CREAT | O_EXCL;
        }
        return O_RDONLY;
    }
};

}  // namespace

std::shared_ptr<FileSystem> make_posix_file_system() {
    return std::make_shared<PosixFileSystem>();
}

}  // namespace roster
