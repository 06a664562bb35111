#include "cli/admin/server_access.hpp"

#include "cli/admin/remote_admin.hpp"
#include "cli/admin/saved_token.hpp"
#include "cli/config/settings.hpp"
#include "cli/io/exit_code.hpp"
#include "cli/io/listing.hpp"

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

}  // namespace

ApiEndpoint server_at(const std::string& url) {
    auto parsed = ApiEndpoint::parse(url);
    if (const auto* problem = std::get_if<std::string>(&parsed))
        throw UsageError("--server: " + *problem);
    auto server = std::get<ApiEndpoint>(std::move(parsed));
    if (!server.is_local())
        std::cerr << "warning: " << escape_for_terminal(server.url())
                  << " is plain http to another host: passwords and tokens can be read on the "
                     "way; use an SSH tunnel"
                  << std::endl;
    return server;
}

std::unique_ptr<AdminApi> open_server_admin(const std::string& url) {
    const ApiEndpoint server = server_at(url);
    if (!server.is_unix()) return make_remote_admin(server, access_to(server));
    if (auto remote = connect_admin_api(server.path())) return remote;
    throw Refused(ExitCode::failed, escape_for_terminal(server.url()) +
                                        ": no server answers there, or the socket is another "
                                        "user's; start one with 'roster serve'");
}

}  // namespace roster::cli
