#include "accounts/first_admin.hpp"

#include "accounts/accounts.hpp"
#include "vocabulary/text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <utility>

namespace roster::accounts {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> keep_answer(asio::awaitable<result<User>> sign_up, result<User>* answer) {
    *answer = co_await std::move(sign_up);
}

void rethrow(std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
}

result<User> wait_for(asio::awaitable<result<User>> sign_up) {
    asio::io_context context(1);
    result<User> answer = Errc::internal;
    asio::co_spawn(context, keep_answer(std::move(sign_up), &answer), rethrow);
    context.run();
    return answer;
}

[[noreturn]] void refuse(const std::string& email, const boost::system::error_code& why) {
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
    auto user = wait_for(accounts.sign_up(Principal::machine_operator(), std::move(account)));
    if (!user) refuse(email, user.error());
    return std::move(*user);
}

}  // namespace roster::accounts
