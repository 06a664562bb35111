#include "storage/json/book_loader.hpp"

#include "storage/json/book_reader.hpp"
#include "storage/json/password_hashing.hpp"

#include <spdlog/logger.h>

#include <utility>
#include <variant>

namespace roster::storage {
namespace {

[[noreturn]] void refuse(const std::string& path, Place place, const std::string& text) {
    throw StartupError(Errc::store_damaged,
                       path + ":" + std::to_string(place.line) + ":" +
                           std::to_string(place.column) + ": " + text +
                           ". Nothing was changed; correct the file there, or put a copy of it "
                           "back in its place.");
}

[[noreturn]] void cannot_read(const std::string& path, const boost::system::error_code& error) {
    throw StartupError(Errc::store_unavailable, path + ": cannot be read: " + error.message());
}

std::string read_text(FileSystem& files, const std::string& path) {
    auto text = read_file(files, path);
    if (!text) cannot_read(path, text.error());
    return std::move(*text);
}

}  // namespace

Book load_book(FileSystem& files, const std::string& path, const OpenOptions& options,
               std::chrono::sys_seconds now) {
    const auto info = files.info(path);
    if (!info && is_not_found(info.error())) {
        Book empty;
        empty.completed = true;
        return empty;
    }
    if (!info) cannot_read(path, info.error());
    if (!info->is_regular)
        throw StartupError(Errc::store_unavailable, path + ": is not a regular file");
    const std::string text = read_text(files, path);
    BookOrProblem read = read_book(text, now);
    if (const auto* problem = std::get_if<BookProblem>(&read))
        refuse(path, problem->place, problem->text);
    Book book = std::move(std::get<Book>(read));
    const auto failure = hash_plain_passwords(book, options);
    if (failure) refuse(path, place_of(text, offset_of_token(text, failure->token)), failure->text);
    constexpr std::uint32_t kOthers = 0077;
    if ((info->mode & kOthers) != 0 && options.log)
        options.log->warn("{}: other users of this machine may read or write it; chmod 600 it",
                          path);
    return book;
}

}  // namespace roster::storage
