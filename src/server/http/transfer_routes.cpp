// The routes that carry all users at once, as streams.

#include "core/json/user_json.hpp"
#include "server/http/api.hpp"
#include "server/http/api_problems.hpp"
#include "server/http/body_source.hpp"
#include "server/http/store_backup.hpp"
#include "server/http/user_import.hpp"

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace roster::server {
namespace {

namespace asio = boost::asio;
namespace http = protocol::http;
using http::BodyPart;
using http::FieldError;
using http::Problem;
using http::ProblemCode;

// ?NAME=true|false. `nullopt`: the call has failed.
std::optional<bool> read_flag(Call& call, std::string_view name) {
    const auto given = call.request.target.parameter(name);
    if (!given || *given == "false") return false;
    if (*given == "true") return true;
    call.fail(http::validation_failed(
        {FieldError(http::json_pointer(name), "unknown_value", "must be true or false")}));
    return std::nullopt;
}

// The first part is made before the response begins: what fails at once is a whole response, and
// what is short has a length. Returns how it failed.
asio::awaitable<boost::system::error_code> answer_with(Call& call,
                                                       std::shared_ptr<http::BodySource> source) {
    const auto first = co_await source->append(call.response.body);
    if (!first) {
        fail(call, first.error());
        co_return first.error();
    }
    if (*first == BodyPart::more) call.response.rest = std::move(source);
    co_return boost::system::error_code();
}

// A line for each user. The store is read page by page: users who are changed meanwhile are in it
// as they were or as they are.
class UserExport final : public http::BodySource {
  public:
    UserExport(accounts::Accounts& accounts, accounts::Principal who, bool with_hashes)
        : accounts_(accounts), who_(who), with_hashes_(with_hashes) {}

    asio::awaitable<result<BodyPart>> append(std::string& out) override {
        const std::size_t enough = out.size() + http::kBodyPartBytes;
        const UserShape shape = exported_user(with_hashes_);
        const auto may = co_await accounts_.still_may(who_);
        if (!may) co_return may.error();
        while (out.size() < enough) {
            if (next_ == page_.size()) {
                auto listing = with_hashes_ ? accounts_.list_with_hashes(who_, after_, kPage)
                                            : accounts_.list(who_, after_, kPage);
                auto page = co_await std::move(listing);
                if (!page) co_return page.error();
                if (page->empty()) co_return BodyPart::last;
                page_ = std::move(*page);
                next_ = 0;
                after_ = page_.back().id;
            }
            append_user(UserFields(page_[next_++]), shape, out);
            out += '\n';
        }
        co_return BodyPart::more;
    }

  private:
    // Of the largest users less than a megabyte.
    static constexpr std::size_t kPage = 32;

    accounts::Accounts& accounts_;
    const accounts::Principal who_;
    const bool with_hashes_;
    std::vector<User> page_;
    std::size_t next_ = 0;
    UserId after_ = 0;
};

asio::awaitable<void> export_users(Call& call) {
    const auto with_hashes = read_flag(call, "password_hashes");
    if (!with_hashes) co_return;
    call.who.client.request_id = call.request.request_id;
    accounts::Accounts& accounts = call.api.accounts;
    auto source = std::make_shared<UserExport>(accounts, call.who.principal, *with_hashes);
    const auto outcome = co_await answer_with(call, std::move(source));
    accounts.audit(call.who, "export", "store " + accounts.store_url(), outcome);
    if (outcome == Errc::forbidden)
        call.fail(Problem(ProblemCode::forbidden,
                          "password hashes are only for the local operator; run roster export "
                          "--with-hashes beside the store"));
}

asio::awaitable<void> import_users(Call& call) {
    const auto dry_run = read_flag(call, "dry_run");
    if (!dry_run) co_return;
    const auto job = [&call, dry_run] {
        return import_lines(call.api.accounts, call.api.table, call.who, call.request.body,
                            *dry_run);
    };
    auto report = co_await call.api.imports.run(job);
    if (!report) co_return fail(call, report.error());
    auto results = std::make_shared<ImportResults>(std::move(*report));
    co_await answer_with(call, std::move(results));
}

asio::awaitable<void> back_up(Call& call) {
    if (!call.api.back_up)
        co_return call.fail(Problem(ProblemCode::not_implemented, "this store is in no file"));
    const auto job = [&api = call.api] { return make_backup(api.back_up, *api.log); };
    auto file = co_await call.api.blocking.run(job);
    accounts::Accounts& accounts = call.api.accounts;
    const auto may = co_await accounts.still_may(call.who.principal);
    if (file && !may) file = may.error();
    accounts.audit(call.who, "backup", "store " + accounts.store_url(),
                   file ? boost::system::error_code() : file.error());
    if (!file) co_return fail(call, file.error());
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    *call.api.last_backup = now;
    const std::string name = backup_name(accounts.store_url(), now);
    call.response.add_header("Content-Disposition", "attachment; filename=\"" + name + "\"");
    auto body = std::make_shared<FileBody>(call.api.blocking, std::move(*file));
    co_await answer_with(call, std::move(body));
}

using http::Method;

constexpr std::string_view kBytesType = "application/octet-stream";

constexpr std::array<Route, 3> kTransferRoutes{{
    {Method::post, "/v1/backup", Access::admin, BodyType::none, back_up, kBytesType},
    {Method::post, "/v1/import", Access::admin, BodyType::lines, import_users, kLinesType, false,
     "dry_run"},
    {Method::get, "/v1/export", Access::admin, BodyType::none, export_users, kLinesType, false,
     "password_hashes"},
}};

}  // namespace

constinit const std::span<const Route> transfer_routes = kTransferRoutes;

}  // namespace roster::server
