#include "server/http/user_import.hpp"

#include "accounts/wait_for.hpp"
#include "core/json/raw_json.hpp"
#include "import_export/import_plan.hpp"
#include "import_export/user_readers.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace roster::server {
namespace {

namespace asio = boost::asio;
using accounts::wait_for;
using import_export::Imported;
using import_export::ImportedUser;
using import_export::ImportPlan;
using import_export::LineProblem;
using protocol::http::BodyPart;

// The log-ins of others get the other threads of the hasher.
constexpr std::size_t kHashesAtOnce = 2;

class StoredUsers final : public import_export::ExistingUsers {
  public:
    StoredUsers(accounts::Accounts& accounts, accounts::Principal who)
        : accounts_(accounts), who_(who) {}

    std::optional<User> find_by_login(const std::string& login) override {
        auto user = wait_for(accounts_.find_by_login(who_, login));
        if (user) return std::move(*user);
        if (user.error() != Errc::user_not_found) throw boost::system::system_error(user.error());
        return std::nullopt;
    }

    std::vector<User> list(UserId after, std::size_t limit) override {
        auto users = wait_for(accounts_.list(who_, after, limit));
        if (!users) throw boost::system::system_error(users.error());
        return std::move(*users);
    }

  private:
    accounts::Accounts& accounts_;
    const accounts::Principal who_;
};

class LinesImport {
  public:
    LinesImport(accounts::Accounts& accounts, const ConnectionTable& table,
                const accounts::RequestContext& who)
        : accounts_(accounts), table_(table), who_(who), existing_(accounts, who.principal) {}

    result<ImportReport> run(std::string_view lines, bool dry_run) {
        report_.is_dry_run = dry_run;
        ImportPlan plan(existing_, rules(),
                        [this](const LineProblem& problem) { report_.refused.push_back(problem); });
        for (std::size_t number = 1; !lines.empty(); ++number) {
            if (table_.is_closing()) return Errc::overloaded;
            const std::string_view line = lines.substr(0, lines.find('\n'));
            lines.remove_prefix(std::min(line.size() + 1, lines.size()));
            if (line.find_first_not_of(" \t\r") != line.npos) plan.take(read(line, number));
        }
        std::vector<ImportedUser> users = plan.take_users();
        for (const ImportedUser& user : users)
            report_.good.push_back({user.line, 0});
        if (!dry_run && report_.refused.empty() && !users.empty())
            if (const auto added = add(std::move(users)); !added) return added.error();
        std::sort(report_.good.begin(), report_.good.end(),
                  [](const auto& one, const auto& other) { return one.line < other.line; });
        return std::move(report_);
    }

  private:
    import_export::ImportRules rules() const {
        import_export::ImportRules rules;
        rules.check_password = [this](const Secret& password, std::string_view email) {
            return accounts_.policy(who_.client.channel).check(password, email);
        };
        return rules;
    }

    Imported read(std::string_view line, std::size_t number) {
        if (line.size() > kMaxImportedLineBytes) return LineProblem(number, "longer than 64 KiB");
        Imported imported = import_export::parse_ndjson_user(
            import_export::without_carriage_return(line), number, false);
        const auto* user = std::get_if<ImportedUser>(&imported);
        const bool has_password = user != nullptr && !user->password.empty();
        if (has_password && ++passwords_ > kMostImportedPasswords)
            return LineProblem(number,
                               "more than 1000 plain passwords; import such users in several "
                               "requests, or with hashes");
        return imported;
    }

    // The users are in the order of the report.
    result<void> add(std::vector<ImportedUser> users) {
        const auto hash = [this](const Secret& password) -> result<Secret> {
            if (table_.is_closing()) return Errc::overloaded;
            return wait_for(accounts_.hash_imported(who_.principal, password));
        };
        const auto hashed = import_export::hash_passwords(
            users, hash, [](std::size_t, std::size_t) {}, kHashesAtOnce);
        if (!hashed) return hashed;
        const std::optional<UserId> lowest_id = users.front().id;
        std::vector<CreateUser> created;
        created.reserve(users.size());
        for (ImportedUser& user : users)
            created.push_back(to_create(std::move(user)));
        const auto added = wait_for(accounts_.import(who_, std::move(created)));
        if (!added && added.error() == Errc::id_taken && lowest_id) return refuse_id(*lowest_id);
        if (!added) return added.error();
        for (std::size_t i = 0; i < added->size(); ++i)
            report_.good[i].id = (*added)[i].id;
        report_.is_added = true;
        return {};
    }

    // They are sorted by id: if any id was given before, the lowest was.
    result<void> refuse_id(UserId id) {
        report_.refused.emplace_back(
            report_.good.front().line,
            "id " + std::to_string(id) + " belonged to a user who was removed; remove the ids",
            Errc::id_taken);
        report_.good.erase(report_.good.begin());
        return {};
    }

    accounts::Accounts& accounts_;
    const ConnectionTable& table_;
    const accounts::RequestContext& who_;
    StoredUsers existing_;
    std::size_t passwords_ = 0;
    ImportReport report_;
};

}  // namespace

result<ImportReport> import_lines(accounts::Accounts& accounts, const ConnectionTable& table,
                                  const accounts::RequestContext& who, std::string_view lines,
                                  bool dry_run) {
    try {
        return LinesImport(accounts, table, who).run(lines, dry_run);
    } catch (const boost::system::system_error& failure) {
        return failure.code();
    }
}

asio::awaitable<result<BodyPart>> ImportResults::append(std::string& out) {
    const std::size_t enough = out.size() + protocol::http::kBodyPartBytes;
    while (out.size() < enough) {
        if (append_line(out)) continue;
        out += "{\"summary\":{\"added\":";
        out += report_.is_added ? std::to_string(report_.good.size()) : "0";
        out += ",\"refused\":" + std::to_string(report_.refused.size()) + "}}\n";
        co_return BodyPart::last;
    }
    co_return BodyPart::more;
}

// False: there was none left.
bool ImportResults::append_line(std::string& out) {
    const auto& [good, refused, is_added, is_dry_run] = report_;
    const bool has_good = next_good_ < good.size();
    const bool has_refused = next_refused_ < refused.size();
    if (has_good && (!has_refused || good[next_good_].line < refused[next_refused_].line)) {
        const auto& [line, id] = good[next_good_++];
        out += "{\"line\":" + std::to_string(line) + ",\"status\":\"";
        if (is_added)
            out += "added\",\"id\":" + std::to_string(id) + "}\n";
        else
            out += is_dry_run ? "would_add\"}\n" : "not_added\"}\n";
        return true;
    }
    if (!has_refused) return false;
    const LineProblem& problem = refused[next_refused_++];
    const bool is_conflict = problem.kind == LineProblem::Kind::conflict;
    out += "{\"line\":" + std::to_string(problem.line) + ",\"status\":\"refused\",\"code\":\"";
    out += is_conflict ? name_of(problem.code) : std::string_view("validation_failed");
    out += "\",\"detail\":";
    append_json_string(problem.text, out);
    out += "}\n";
    return true;
}

}  // namespace roster::server
