#include "cli/commands/fetched_backup.hpp"

#include "cli/admin/server_access.hpp"
#include "cli/io/exit_code.hpp"
#include "cli/io/replaced_file.hpp"
#include "core/files/file_system.hpp"
#include "core/text.hpp"
#include "storage/core/store_files.hpp"
#include "storage/transfer/store_transfer.hpp"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace roster::cli {
namespace {

// Where the file will be, which then needs no more space than a local backup.
std::string make_directory_beside(const std::string& file) {
    std::string path = file + ".fetched-XXXXXX";
    if (::mkdtemp(path.data()) != nullptr) return path;
    throw StartupError(Errc::store_unavailable, printable(file) + ": cannot be opened: " +
                                                    std::generic_category().message(errno));
}

// By how the file begins.
std::string kind_of(std::string_view begin) {
    return begin.starts_with("SQLite format 3") ? "sqlite:" : "json:";
}

}  // namespace

FetchedBackup::FetchedBackup(const std::string& server, const std::string& file, bool replace) {
    std::error_code ec;
    if (!replace && std::filesystem::exists(file, ec))
        throw storage::TargetOccupied(std::filesystem::absolute(file).string() +
                                      ": already exists");
    const std::string real = storage::real_path_of(*make_posix_file_system(), file);
    const auto admin = open_server_admin(server);
    directory_ = make_directory_beside(real);
    try {
        const std::string path = directory_ + "/backup";
        ReplacedFile saved(path);
        constexpr std::size_t kKindBytes = 16;
        std::string begin;
        admin->back_up([&](std::string_view part) {
            // A part may be a few bytes.
            begin += part.substr(0, kKindBytes - begin.size());
            saved.append(part);
        });
        saved.commit();
        store_ = kind_of(begin) + path;
    } catch (...) {
        std::filesystem::remove_all(directory_, ec);
        throw;
    }
}

FetchedBackup::~FetchedBackup() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

}  // namespace roster::cli
