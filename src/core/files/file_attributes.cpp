#include "core/files/file_attributes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace roster {
namespace {

// Source: statfs(2), linux/magic.h.
std::string network_of(std::uint32_t type) {
    switch (type) {
        case 0x6969: return "NFS";
        case 0x517B:
        case 0xFE534D42:
        case 0xFF534D42: return "SMB";
        case 0x564C: return "NCP";
        case 0x5346414F: return "AFS";
        case 0x73757245: return "Coda";
        case 0x00C36400: return "Ceph";
        case 0x01021997: return "9P";
        default: return "";
    }
}

}  // namespace

std::optional<FileInfo> owner_of_new_file(FileSystem& files, const std::string& path) {
    if (::geteuid() != 0) return std::nullopt;
    const auto directory = files.info(directory_of(path));
    if (!directory) return std::nullopt;
    return directory->as_private();
}

bool copy_attributes(const std::string& from, int to) {
    // What it has by default of its directory, the other one need not have.
    (void)::fremovexattr(to, "system.posix_acl_access");
    const ssize_t names_bytes = ::listxattr(from.c_str(), nullptr, 0);
    if (names_bytes <= 0) return true;
    std::string names(static_cast<std::size_t>(names_bytes), '\0');
    const ssize_t listed = ::listxattr(from.c_str(), names.data(), names.size());
    if (listed < 0) return false;
    bool has_list = true;
    for (std::size_t at = 0; at < static_cast<std::size_t>(listed);) {
        const std::string name = names.c_str() + at;
        at += name.size() + 1;
        std::string value(std::size_t{64} * 1024, '\0');
        const ssize_t size = ::getxattr(from.c_str(), name.c_str(), value.data(), value.size());
        const bool is_set = size >= 0 && ::fsetxattr(to, name.c_str(), value.data(),
                                                     static_cast<std::size_t>(size), 0) == 0;
        has_list = has_list && (is_set || !name.starts_with("system."));
    }
    return has_list;
}

MountInfo mount_of(const std::string& path) {
    MountInfo mount;
    struct statx status {};
    if (::statx(AT_FDCWD, path.c_str(), 0, 0, &status) == 0)
        mount.is_mount_point = (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
    struct statfs system {};
    if (::statfs(path.c_str(), &system) == 0)
        mount.network = network_of(static_cast<std::uint32_t>(system.f_type));
    return mount;
}

}  // namespace roster
