#include "server/http/store_backup.hpp"

#include "core/files/private_directory.hpp"
#include "core/text.hpp"
#include "core/time.hpp"

#include <roster/log.hpp>

#include <algorithm>
#include <filesystem>

namespace roster::server {
namespace {

namespace asio = boost::asio;
using protocol::http::BodyPart;

result<std::string> read_part(File& file, std::uint64_t offset) {
    std::string part(protocol::http::kBodyPartBytes, '\0');
    const auto got = file.read_at(offset, part);
    if (!got) return got.error();
    part.resize(*got);
    return part;
}

}  // namespace

result<std::shared_ptr<File>> make_backup(
    const std::function<void(const std::string& file)>& back_up, Log& log) {
    try {
        const PrivateDirectory directory(
            (std::filesystem::temp_directory_path() / "roster-backup-").string());
        const std::string path = directory.file("backup");
        back_up(path);
        auto file = make_posix_file_system()->open(path, OpenMode::read);
        if (file) return std::shared_ptr<File>(std::move(*file));
        log.error("a backup cannot be read: {}", file.error().message());
    } catch (const std::exception& failure) {
        log.error("a backup cannot be made: {}", failure.what());
    }
    return Errc::store_unavailable;
}

std::string backup_name(std::string_view store_url, std::chrono::sys_seconds now) {
    std::string name(store_url.substr(store_url.find_last_of("/:") + 1));
    const auto is_odd = [](char c) {
        const char lower = ascii_lower(c);
        return !is_digit(c) && (lower < 'a' || lower > 'z') && c != '.' && c != '-' && c != '_';
    };
    std::replace_if(name.begin(), name.end(), is_odd, '_');
    return name + "-" + to_rfc3339(now).substr(0, 10) + ".backup";
}

asio::awaitable<result<BodyPart>> FileBody::append(std::string& out) {
    const auto job = [file = file_, offset = offset_] { return read_part(*file, offset); };
    const auto part = co_await threads_.run(job);
    if (!part) co_return part.error();
    out += *part;
    offset_ += part->size();
    co_return part->empty() ? BodyPart::last : BodyPart::more;
}

}  // namespace roster::server
