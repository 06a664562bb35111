#include "cli/io/replaced_file.hpp"

#include "core/files/file_system.hpp"

namespace roster::cli {

ReplacedFile::ReplacedFile(const std::string& path) : files_(make_posix_file_system()) {
    path_ = path;
    const auto real = files_->resolve(path);
    if (!real) fail("written", real.error());
    path_ = *real;
    const auto there = files_->info(path_);
    if (there && !there->is_regular)
        throw StartupError(Errc::invalid_request,
                           path_ + " is not an ordinary file, and is not replaced");
    temporary_ = path_ + ".tmp-" + random_name();
    auto file = files_->open(temporary_, OpenMode::create);
    if (!file) fail("written", file.error());
    file_ = std::move(*file);
}

ReplacedFile::~ReplacedFile() {
    if (file_) (void)files_->remove(temporary_);
}

void ReplacedFile::append(std::string_view text) {
    const auto written = append_all(*file_, text);
    if (!written) fail("written", written.error());
}

void ReplacedFile::commit() {
    const auto synced = file_->sync();
    if (!synced) fail("written", synced.error());
    const auto renamed = files_->rename(temporary_, path_);
    if (!renamed) fail("put in place", renamed.error());
    file_.reset();
    const auto kept = files_->sync_directory(directory_of(path_));
    if (!kept) fail("made durable", kept.error());
}

void ReplacedFile::fail(const char* verb, const boost::system::error_code& error) const {
    throw StartupError(Errc::internal, path_ + " cannot be " + verb + ": " + error.message());
}

bool is_same_path(const std::string& one, const std::string& other) {
    const auto files = make_posix_file_system();
    const auto real_one = files->resolve(one);
    const auto real_other = files->resolve(other);
    return real_one && real_other && *real_one == *real_other;
}

}  // namespace roster::cli
