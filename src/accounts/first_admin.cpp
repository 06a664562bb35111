#include "accounts/first_admin.hpp"

#include "accounts/accounts.hpp"
#include "accounts/wait_for.hpp"
#include "core/text.hpp"

#include <utility>

namespace roster::accounts {
namespace {

[[noreturn]] void throw_cannot_make(const std::string& email,
                                    const boost::system::error_code& why) {
    const bool is_ours = why.category() == error_category();
    const Errc code = is_ours ? static_cast<Errc>(why.value()) : Errc::internal;
    const std::string text =
        code == Errc::email_taken
            ? "an ordinary user has this e-mail, and is not made an administrator by it; "
              "choose another e-mail"
            : why.message();
    throw StartupError(code,
                       "cannot make " + printable(email) + " the first administrator: " + text);
}

}  // namespace

std::optional<User> ensure_first_admin(Accounts& accounts, const std::string& email,
                                       const std::function<Secret()>& password) {
    if (accounts.status().admins != 0) return std::nullopt;
    NewAccount account(email, password(), Role::admin);
    RequestContext local(Principal::local_operator());
    auto user = wait_for(accounts.sign_up(std::move(local), std::move(account)));
    if (!user) throw_cannot_make(email, user.error());
    return std::move(*user);
}

}  // namespace roster::accounts
