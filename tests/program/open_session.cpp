// For tests: opens a session in a store that no server has open, as a log-in over the wire would.
//
//     open_session STORE_URL EMAIL LABEL ADDRESS USER_AGENT < PASSWORD_LINE
//
// Prints the session's id.

#include "accounts/accounts.hpp"
#include "accounts/wait_for.hpp"
#include "cli/admin/admin_api.hpp"
#include "cli/io/standard_error.hpp"
#include "passwords/password_hasher.hpp"

#include <boost/asio/ip/address.hpp>

#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <utility>

namespace {

using namespace roster;

accounts::RequestContext caller_from(const std::string& address, std::string user_agent) {
    accounts::ClientInfo origin(Channel::api, boost::asio::ip::make_address(address));
    origin.user_agent = std::move(user_agent);
    return accounts::RequestContext(accounts::Principal::anonymous(), std::move(origin));
}

SessionId open_session(std::span<char*> arguments, const Secret& password) {
    const auto store = cli::open_hashing_store(arguments[0], {}, cli::make_log("warn"));
    passwords::PasswordHasher hasher(1, 1);
    accounts::Accounts rules(*store, hasher, accounts::AccountsOptions(), nullptr);
    const auto opened = accounts::wait_for(rules.open_session(
        caller_from(arguments[3], arguments[4]), arguments[1], password, arguments[2]));
    if (!opened) throw std::runtime_error(opened.error().message());
    return opened->opened.session.id;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 6) throw std::runtime_error("five arguments are needed");
        std::string password;
        std::getline(std::cin, password);
        std::cout << open_session({argv + 1, argv + argc}, Secret(password)) << std::endl;
    } catch (const std::exception& error) {
        std::cerr << "open_session: " << error.what() << std::endl;
        return 1;
    }
    return 0;
}
