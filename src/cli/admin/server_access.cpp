#include "cli/admin/server_access.hpp"

#include "cli/admin/saved_token.hpp"
#include "cli/config/settings.hpp"
#include "cli/io/exit_code.hpp"
#include "cli/io/listing.hpp"
#include "storage/drivers.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <iostream>
#include <utility>
#include <variant>

namespace roster::cli {
namespace {

ServerAccess access_to(const ApiEndpoint& server) {
    const std::string log_in = "run 'roster login --server " + server.url() + " LOGIN'";
    ServerAccess access;
    if (const auto variable = process_environment("ROSTER_TOKEN")) {
        access.token = Secret(*variable);
        access.advice = "set ROSTER_TOKEN to another one, or unset it and " + log_in;
        if (!is_token(access.token))
            throw UsageError("ROSTER_TOKEN: is no token; " + access.advice);
        return access;
    }
    auto saved = SavedToken(server, process_environment).read();
    if (!saved)
        throw Refused(ExitCode::failed, "there is no token for " + server.url() + "; " + log_in);
    access.token = std::move(*saved);
    access.advice = log_in;
    return access;
}

// A stranger's socket, in a directory of many, must not be told passwords.
bool is_trusted(const std::string& socket, const std::string& store_file) {
    struct stat found {};
    if (::lstat(socket.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return false;
    struct stat store {};
    const bool is_stores = ::stat(store_file.c_str(), &store) == 0 && store.st_uid == found.st_uid;
    return is_stores || found.st_uid == 0 || found.st_uid == ::geteuid();
}

// By its admin socket; null if no server answers there, or the socket belongs to a stranger:
// neither to this user nor to the owner of the store's file.
std::unique_ptr<ServerAdmin> connect_by_socket(const std::string& socket,
                                               const std::string& store_file) {
    constexpr std::size_t kMostBytes = 107;
    if (socket.size() > kMostBytes || !is_trusted(socket, store_file)) return nullptr;
    try {
        auto server = make_remote_admin(ApiEndpoint::unix_socket(socket), ServerAccess());
        (void)server->status();
        return server;
    } catch (const Refused&) {
        return nullptr;
    }
}

}  // namespace

ApiEndpoint server_at(const std::string& url) {
    auto parsed = ApiEndpoint::parse(url);
    if (const auto* problem = std::get_if<std::string>(&parsed))
        throw UsageError("--server: " + *problem);
    auto server = std::get<ApiEndpoint>(std::move(parsed));
    if (!server.is_private())
        std::cerr << "warning: " << escape_for_terminal(server.url())
                  << " is plain http to another host: passwords and tokens can be read on the "
                     "way; use https, or an SSH tunnel"
                  << std::endl;
    return server;
}

std::unique_ptr<ServerAdmin> open_server_admin(const std::string& url) {
    const ApiEndpoint server = server_at(url);
    if (!server.is_unix()) return make_remote_admin(server, access_to(server));
    const std::string& path = server.path();
    if (auto remote = connect_by_socket(path, path.substr(0, path.rfind(".sock")))) return remote;
    throw Refused(ExitCode::failed, escape_for_terminal(server.url()) +
                                        ": no server answers there, or the socket is another "
                                        "user's; start one with 'roster serve'");
}

std::unique_ptr<ServerAdmin> connect_to_server_of(const AdminSettings& settings) {
    const std::string socket = admin_socket_path(settings.admin_socket, settings.store);
    if (socket == "off") return nullptr;
    return connect_by_socket(socket, storage::store_files(settings.store).main);
}

}  // namespace roster::cli
