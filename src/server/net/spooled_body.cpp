#include "server/net/spooled_body.hpp"

#include <exception>
#include <filesystem>

namespace roster::server {

namespace asio = boost::asio;

SpooledBody::~SpooledBody() {
    if (is_counted_) --spool_.files_;
}

asio::awaitable<result<void>> SpooledBody::append(std::string part) {
    if (!is_counted_) {
        if (++spool_.files_ > spool_.most_) {
            --spool_.files_;
            co_return Errc::overloaded;
        }
        is_counted_ = true;
    }
    const auto job = [this, &part] { return write(part); };
    const auto appended = co_await spool_.threads_.run(job);
    if (appended) size_bytes_ += part.size();
    co_return appended;
}

asio::awaitable<result<std::string>> SpooledBody::next() {
    const auto job = [this]() -> result<std::string> {
        std::string part(kPartBytes, '\0');
        const auto got = file_->read_at(read_bytes_, part);
        if (!got) return got.error();
        part.resize(*got);
        return part;
    };
    auto part = co_await spool_.threads_.run(job);
    // What has begun is not cut because others wait: it was written just now, and is in memory.
    if (!part && part.error() == Errc::overloaded) part = job();
    if (part) read_bytes_ += part->size();
    co_return part;
}

result<void> SpooledBody::write(const std::string& part) {
    try {
        auto written = file_ ? result<void>() : open();
        if (written) written = append_all(*file_, part);
        if (written) return written;
        spool_.log_->error("a long answer cannot be written into a file of TMPDIR: {}",
                           written.error().message());
    } catch (const std::exception& failure) {
        spool_.log_->error("a long answer cannot be written into a file of TMPDIR: {}",
                           failure.what());
    }
    return Errc::store_unavailable;
}

// Without a name nothing is left behind, whatever ends the connection or the process.
result<void> SpooledBody::open() {
    const auto files = make_posix_file_system();
    const std::string path =
        (std::filesystem::temp_directory_path() / ("roster-" + random_name())).string();
    auto file = files->open(path, OpenMode::create);
    if (!file) return file.error();
    file_ = std::move(*file);
    return files->remove(path);
}

}  // namespace roster::server
