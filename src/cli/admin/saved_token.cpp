#include "cli/admin/saved_token.hpp"

#include "cli/io/exit_code.hpp"
#include "cli/io/replaced_file.hpp"
#include "cli/io/terminal.hpp"
#include "core/files/file_system.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace roster::cli {
namespace {

std::string config_directory(const Environment& environment) {
    // A relative one is to be ignored. Source: XDG Base Directory Specification.
    const auto config = environment("XDG_CONFIG_HOME");
    if (config && config->starts_with('/')) return *config + "/roster";
    const auto home = environment("HOME");
    if (home && home->starts_with('/')) return *home + "/.config/roster";
    throw UsageError(
        "neither XDG_CONFIG_HOME nor HOME is an absolute path, so there is no place "
        "for tokens; set one of them, or ROSTER_TOKEN");
}

void make_private_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return;
    if (errno == ENOENT && path != "/") {
        make_private_directory(directory_of(path));
        if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return;
    }
    throw StartupError(Errc::internal, path + " cannot be created: " + last_error().message());
}

}  // namespace

bool is_token(const Secret& text) noexcept {
    const std::string_view bytes = text.reveal();
    return !bytes.empty() &&
           std::all_of(bytes.begin(), bytes.end(), [](char c) { return c > ' ' && c <= '~'; });
}

SavedToken::SavedToken(const ApiEndpoint& server, const Environment& environment) {
    // One that came by TLS is not sent without it.
    const std::string url = server.url();
    const std::size_t slashes = url.find("//");
    const std::string scheme = url.starts_with("https:") ? "https-" : "";
    path_ = config_directory(environment) + "/" + scheme + url.substr(slashes + 2) + ".token";
}

std::optional<Secret> SavedToken::read() const {
    constexpr std::uint32_t kOthers = 077;
    const auto info = make_posix_file_system()->info(path_);
    if (!info && is_not_found(info.error())) return std::nullopt;
    if (info && (info->mode & kOthers) != 0)
        throw Refused(ExitCode::failed, path_ +
                                            ": others can read the token in it; run 'chmod 600 " +
                                            path_ + "', or 'rm' and 'roster login' for a new one");
    auto token = info ? read_secret_file(path_) : result<Secret>(info.error());
    if (token && is_token(*token)) return std::move(*token);
    throw Refused(ExitCode::failed, path_ + ": " +
                                        (token ? "holds no token" : token.error().message()) +
                                        "; remove it, and log in again");
}

void SavedToken::save(const Secret& token) const {
    make_private_directory(directory_of(path_));
    ReplacedFile file(path_);
    file.append(token.reveal());
    file.append("\n");
    file.commit();
}

void SavedToken::remove() const {
    const auto removed = make_posix_file_system()->remove(path_);
    if (!removed && !is_not_found(removed.error()))
        throw StartupError(Errc::internal,
                           path_ + " cannot be removed: " + removed.error().message());
}

}  // namespace roster::cli
