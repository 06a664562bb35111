#include "accounts/first_admin.hpp"

#include "accounts/accounts.hpp"
#include "accounts/wait_for.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <utility>

namespace roster::accounts {
namespace {

namespace asio = boost::asio;

// Without those that look like another one.
constexpr std::string_view kCodeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
constexpr std::size_t kCodeLength = 16;
constexpr std::size_t kGroupLength = 4;

// Of a code as it may be typed.
SessionDigest digest_of_code(std::string_view typed) noexcept {
    std::array<char, kCodeLength> letters{};
    std::size_t count = 0;
    for (const char c : typed) {
        if (c == ' ' || c == '-') continue;
        // One that is too long has another digest than any code.
        if (count == kCodeLength) return {};
        letters[count++] = ascii_lower(c);
    }
    const SessionDigest digest = sha256({letters.data(), count});
    wipe(letters.data(), letters.size());
    return digest;
}

[[noreturn]] void throw_cannot_make(const std::string& email, const boost::system::error_code& why,
                                    std::size_t least) {
    const bool is_ours = why.category() == error_category();
    const Errc code = is_ours ? static_cast<Errc>(why.value()) : Errc::internal;
    const std::string text =
        code == Errc::email_taken
            ? "an ordinary user has this e-mail, and is not made an administrator by it; "
              "choose another e-mail"
        : code == Errc::password_too_short
            ? "the password must have at least " + std::to_string(least) + " characters"
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
    if (!user && user.error() == Errc::email_taken) {
        const auto holder = wait_for(accounts.find_by_login(Principal::local_operator(), email));
        // Another server has just made it.
        if (holder && holder->role == Role::admin && !holder->disabled) return std::nullopt;
    }
    if (!user) {
        const auto& policy = accounts.policy(Channel::local);
        throw_cannot_make(email, user.error(), policy.min_characters());
    }
    return std::move(*user);
}

Secret new_setup_code() {
    if (sodium_init() < 0) throw StartupError(Errc::internal, "libsodium cannot be used");
    std::array<char, kCodeLength + (kCodeLength - 1) / kGroupLength> code{};
    for (std::size_t i = 0; i < code.size(); ++i)
        code[i] = i % (kGroupLength + 1) == kGroupLength
                      ? '-'
                      : kCodeLetters[randombytes_uniform(kCodeLetters.size())];
    Secret secret(std::string_view(code.data(), code.size()));
    wipe(code.data(), code.size());
    return secret;
}

SetupCode::SetupCode(const Secret& code) : digest_(digest_of_code(code.reveal())) {}

bool SetupCode::is_open(const Accounts& accounts) const {
    return accounts.status().admins == 0;
}

asio::awaitable<Attempt<User>> SetupCode::make_admin(Accounts& accounts, ClientInfo from,
                                                     Secret code, NewAccount account) {
    if (!is_open(accounts)) co_return Errc::forbidden;
    const SessionDigest typed = digest_of_code(code.reveal());
    RequestContext who(Principal::local_operator(), std::move(from));
    if (sodium_memcmp(typed.data(), digest_.data(), digest_.size()) != 0) {
        accounts.audit(who, "sign_up", email_target(account.email), Errc::invalid_credentials);
        co_return Errc::invalid_credentials;
    }
    // Two at once would both find that there is no administrator.
    if (in_use_.exchange(true)) co_return Errc::forbidden;
    account.role = Role::admin;
    auto user = co_await accounts.sign_up(std::move(who), std::move(account));
    if (!user) in_use_ = false;
    co_return user;
}

}  // namespace roster::accounts
