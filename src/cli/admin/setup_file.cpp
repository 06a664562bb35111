#include "cli/admin/setup_file.hpp"

#include <roster/log.hpp>

#include "core/files/file_system.hpp"
#include "storage/drivers.hpp"

namespace roster::cli {

SetupFile::SetupFile(const std::string& store) : path_(storage::store_files(store).main) {
    if (!path_.empty()) path_ += ".setup";
    remove();
}

void SetupFile::write(const Secret& code, Log& log) {
    if (path_.empty()) return;
    const auto files = make_posix_file_system();
    auto file = files->open(path_, OpenMode::create);
    result<void> written = file ? append_all(**file, code.reveal()) : file.error();
    if (written) written = append_all(**file, "\n");
    if (!written) log.warn("{} cannot be written: {}", path_, written.error().message());
}

void SetupFile::remove() {
    if (!path_.empty()) (void)make_posix_file_system()->remove(path_);
}

}  // namespace roster::cli
