#include "server/classic/classic_handlers.hpp"

#include "core/json/user_json.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace roster::server {

namespace asio = boost::asio;
namespace classic = protocol::classic;

namespace {

using classic::ClassicResponse;

// Users that are encoded before other connections get their turn on this thread; of the largest
// ones less than a megabyte.
constexpr std::size_t kPage = 32;

// Answers that are too large for the memory and are not read yet: what they take on the disk must
// be bounded.
constexpr std::size_t kMostSpooled = 8;

constexpr std::string_view kJson = "application/json";

ClassicResponse text(unsigned status, std::string body) {
    ClassicResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

ClassicResponse json(std::string body) {
    ClassicResponse response;
    response.content_type = kJson;
    response.body = std::move(body);
    return response;
}

ClassicResponse try_later(const boost::system::error_code& error) {
    ClassicResponse response = text(503, error.message());
    response.headers.emplace_back("Retry-After", "2");
    return response;
}

// The one place where an error of the accounts becomes a status of the classic protocol.
ClassicResponse answer_to(const boost::system::error_code& error) {
    // The classic protocol does not tell a disabled account from a wrong password.
    if (error == Errc::account_disabled) return text(401, "Unauthorized");
    switch (class_of(error)) {
        case ErrorClass::invalid: return text(400, "Bad request: " + error.message());
        case ErrorClass::unauthenticated: return text(401, "Unauthorized");
        case ErrorClass::forbidden: return text(403, "Forbidden");
        case ErrorClass::not_found: return text(404, "can not found user");
        case ErrorClass::conflict: return text(409, error.message());
        case ErrorClass::too_many: return text(429, error.message());
        case ErrorClass::unavailable: return try_later(error);
        case ErrorClass::internal: break;
    }
    return text(500, "Internal Server Error");
}

bool is_refused_log_in(const boost::system::error_code& error) noexcept {
    return error == Errc::invalid_credentials || error == Errc::account_disabled ||
           error == Errc::too_many_attempts;
}

}  // namespace

ClassicResponse error_response(const classic::ProtocolError& error) {
    ClassicResponse response = text(error.status, error.text);
    if (error.status == 405) response.headers.emplace_back("Allow", "GET, HEAD, POST, PUT");
    return response;
}

ClassicHandlers::ClassicHandlers(accounts::Accounts& accounts, const ConnectionTable& table,
                                 BoundedPool& threads, ClassicRules rules, std::shared_ptr<Log> log)
    : accounts_(accounts),
      table_(table),
      spool_(threads, kMostSpooled, std::move(log)),
      rules_(rules) {}

template <class T>
ClassicResponse ClassicHandlers::failure(const accounts::Attempt<T>& attempt) const {
    ClassicResponse response = failure(attempt.error());
    if (attempt.error() == Errc::too_many_attempts)
        response.headers.emplace_back("Retry-After", std::to_string(attempt.retry_after().count()));
    return response;
}

asio::awaitable<ClassicResponse> ClassicHandlers::answer(ClassicLogin& login,
                                                         classic::ClassicRequest request) {
    if (auto* error = std::get_if<classic::ProtocolError>(&request.operation))
        co_return error_response(*error);
    if (auto* operation = std::get_if<classic::SignUp>(&request.operation)) {
        RequestContext anybody(Principal::anonymous(), login.client);
        ClassicResponse response = co_await sign_up(std::move(anybody), std::move(*operation));
        co_return response;
    }
    if (auto* operation = std::get_if<classic::LogIn>(&request.operation)) {
        ClassicResponse response = co_await log_in(login, std::move(*operation));
        co_return response;
    }
    User caller;
    const result<Principal> who = co_await principal(login, caller);
    if (!who) co_return failure(who.error());
    if (auto* operation = std::get_if<classic::Modify>(&request.operation)) {
        ClassicResponse response = co_await modify(login, *who, std::move(*operation));
        co_return response;
    }
    if (std::holds_alternative<classic::Status>(request.operation)) co_return status(*who);
    ClassicResponse response = co_await view(login, *who, std::move(caller));
    co_return response;
}

// What most requests are: they pay for no coroutine.
bool ClassicHandlers::answer_now(const ClassicLogin& login, const classic::ClassicRequest& request,
                                 ClassicResponse& response) const {
    if (!login.proof || !std::holds_alternative<classic::View>(request.operation)) return false;
    User caller;
    const auto who = accounts_.principal_now(*login.proof, &caller);
    if (!who || !*who || (*who)->is_admin() || caller.id != (*who)->id()) return false;
    response.content_type = kJson;
    encode_user(caller, response.body);
    return true;
}

asio::awaitable<ClassicResponse> ClassicHandlers::sign_up(RequestContext who,
                                                          classic::SignUp operation) {
    if (!rules_.sign_up_is_open) co_return failure(Errc::forbidden);
    accounts::NewAccount account(std::move(operation.email), std::move(operation.password));
    const auto user = co_await accounts_.sign_up(std::move(who), std::move(account));
    if (!user) co_return failure(user);
    co_return text(201, "Success create user");
}

asio::awaitable<ClassicResponse> ClassicHandlers::log_in(ClassicLogin& login,
                                                         classic::LogIn operation) {
    RequestContext anybody(Principal::anonymous(), login.client);
    const auto user = co_await accounts_.log_in(std::move(anybody), std::move(operation.email),
                                                std::move(operation.password));
    if (!user) {
        if (is_refused_log_in(user.error())) login.proof.reset();
        co_return failure(user);
    }
    login.proof.emplace(*user);
    co_return text(200, "Success Login. you are " + std::string(to_string(user->role)));
}

asio::awaitable<ClassicResponse> ClassicHandlers::view(ClassicLogin& login, Principal who,
                                                       User caller) {
    if (who.is_admin()) {
        ClassicResponse response = co_await view_all(login, who);
        co_return response;
    }
    if (who.is_anonymous()) co_return failure(Errc::forbidden);
    if (caller.id != who.id()) {
        auto user = co_await accounts_.view(who, who.id());
        if (!user) co_return failure(user.error());
        caller = std::move(*user);
    }
    std::string body;
    encode_user(caller, body);
    co_return json(std::move(body));
}

// The length comes first, and users may change meanwhile: so all of a long answer is made before
// any of it is sent.
asio::awaitable<ClassicResponse> ClassicHandlers::view_all(ClassicLogin& login, Principal who) {
    auto spooled = std::make_unique<SpooledBody>(spool_);
    std::string body;
    const auto written = co_await write_all(*spooled, who, body);
    if (!written) co_return failure(written.error());
    ClassicResponse response = json(std::move(body));
    response.rest_bytes = spooled->size_bytes();
    if (response.rest_bytes != 0) login.rest = std::move(spooled);
    co_return response;
}

// In `body` if that is short, and otherwise spooled.
asio::awaitable<result<void>> ClassicHandlers::write_all(SpooledBody& spooled, Principal who,
                                                         std::string& body) {
    const auto executor = co_await asio::this_coro::executor;
    body = "{\"users\":[";
    UserId after = 0;
    for (bool more = true; more;) {
        const result<std::vector<User>> page = co_await accounts_.list(who, after, kPage);
        if (!page) co_return page.error();
        for (const User& user : *page) {
            if (after != 0) body += ',';
            encode_user(user, body);
            after = user.id;
        }
        more = page->size() == kPage;
        if (!more) body += "]}";
        const bool is_long = body.size() >= SpooledBody::kPartBytes;
        if (is_long || (!more && spooled.size_bytes() != 0)) {
            std::string part = std::exchange(body, std::string());
            const auto appended = co_await spooled.append(std::move(part));
            if (!appended) co_return appended;
        } else if (more) {
            co_await asio::post(executor, asio::use_awaitable);
        }
    }
    co_return result<void>();
}

asio::awaitable<ClassicResponse> ClassicHandlers::modify(ClassicLogin& login, Principal who,
                                                         classic::Modify operation) {
    const bool is_own = who.id() == operation.id;
    if (rules_.open_put) who = Principal::local_operator();
    accounts::AccountChange change;
    change.email = std::move(operation.email);
    change.password = std::move(operation.password);
    RequestContext caller(who, login.client);
    const auto user = co_await accounts_.modify(std::move(caller), operation.id, std::move(change));
    if (!user) co_return failure(user);
    // Users who change their own password stay logged in on this connection.
    if (is_own && login.proof) login.proof.emplace(*user);
    co_return text(200, "Success modify user");
}

ClassicResponse ClassicHandlers::status(Principal who) const {
    const StoreStatus store = accounts_.status();
    const char* status = store.writable ? "ready" : "read-only";
    if (table_.is_closing()) status = "draining";
    const auto uptime =
        std::chrono::floor<std::chrono::seconds>(std::chrono::steady_clock::now() - started_at_);
    ClassicResponse response;
    response.headers.emplace_back("Roster-Status", status);
    response.headers.emplace_back("Roster-Uptime", std::to_string(uptime.count()));
    if (who.is_admin()) {
        response.headers.emplace_back("Roster-Users", std::to_string(store.users));
    }
    return response;
}

// Resolved at every request, so that deleting, disabling or demoting a user, or changing the
// password, takes effect at once.
asio::awaitable<result<ClassicHandlers::Principal>> ClassicHandlers::principal(ClassicLogin& login,
                                                                               User& caller) {
    if (!login.proof) co_return Principal::anonymous();
    const result<Principal> who = co_await accounts_.principal(*login.proof, &caller);
    if (who || who.error() != Errc::unauthenticated) co_return who;
    login.proof.reset();
    co_return Principal::anonymous();
}

// The minimum length of a password is a setting, which the text of the error does not know.
ClassicResponse ClassicHandlers::failure(const boost::system::error_code& error) const {
    if (error != Errc::password_too_short) return answer_to(error);
    const auto min = accounts_.policy(Channel::classic).min_characters();
    return text(
        400, "Bad request: the password must have at least " + std::to_string(min) + " characters");
}

}  // namespace roster::server
