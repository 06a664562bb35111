#include "import_export/import_plan.hpp"

#include "core/json/user_json.hpp"
#include "core/password_format.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <thread>
#include <utility>

namespace roster::import_export {
namespace {

bool is_stored_before(const ImportedUser& a, const ImportedUser& b) noexcept {
    if (a.id && b.id) return *a.id < *b.id;
    return a.id.has_value() && !b.id.has_value();
}

result<Secret> try_hash(const HashPassword& hash, const Secret& password) noexcept {
    try {
        return hash(password);
    } catch (const std::exception&) {
        return Errc::internal;
    }
}

}  // namespace

ImportPlan::ImportPlan(ExistingUsers& existing, ImportRules rules, Report report)
    : existing_(existing),
      rules_(std::move(rules)),
      report_(std::move(report)),
      highest_id_(highest_id()) {}

void ImportPlan::take(Imported imported) {
    if (const auto* problem = std::get_if<LineProblem>(&imported))
        refuse(*problem);
    else
        take_user(std::get<ImportedUser>(std::move(imported)));
}

void ImportPlan::take_user(ImportedUser user) {
    if (rules_.gives_new_ids) user.id.reset();
    if (const auto fault = find_fault(user)) return refuse(*fault);
    const auto holder = existing_.find_by_login(user.email);
    if (holder) {
        const std::string same =
            printable(user.email) + " is user " + std::to_string(holder->id) + " already";
        if (!rules_.skips_existing)
            return refuse(LineProblem(user.line, same + "; remove the line", Errc::email_taken)
                              .or_use(", or skip such lines with --existing skip"));
        ++count_.skipped;
        return report_(LineProblem(user.line, "skipped: " + same));
    }
    if (user.id && *user.id <= highest_id_)
        return refuse(LineProblem(user.line,
                                  "id " + std::to_string(*user.id) +
                                      ": the store has given ids up to " +
                                      std::to_string(highest_id_) + " already; remove the ids",
                                  Errc::id_taken)
                          .or_use(", or import with --new-ids"));
    if (user.id && *user.id > kHighestGivenId)
        return refuse(
            LineProblem(user.line, "id " + std::to_string(*user.id) +
                                       ": would leave no ids for the next users; the highest is " +
                                       std::to_string(kHighestGivenId) + "; remove the ids")
                .or_use(", or import with --new-ids"));
    const std::string& username = user.profile.username;
    if (const auto other = username.empty() ? std::nullopt : existing_.find_by_login(username))
        return refuse(LineProblem(user.line,
                                  "the username " + username + " belongs to user " +
                                      std::to_string(other->id) + "; change or remove it",
                                  Errc::username_taken));
    ++count_.users;
    line_of_login_.emplace(fold_email(user.email), user.line);
    if (!username.empty()) line_of_login_.emplace(fold_email(username), user.line);
    if (user.id) line_of_id_.emplace(*user.id, user.line);
    users_.push_back(std::move(user));
}

// Whatever can be seen without the store.
std::optional<LineProblem> ImportPlan::find_fault(const ImportedUser& user) const {
    const PasswordFormat password = read_password_format(user.password.reveal());
    if (password.status == HashStatus::bare && !rules_.takes_bare_hashes)
        return LineProblem(user.line,
                           "password " + why_refused(password) +
                               ", and anybody who has the old table could log in with it; leave it "
                               "out, and set a new password afterwards")
            .or_use(", or import with --plain-passwords if it is a password");
    if (!user.password.empty() && rules_.check_password) {
        const auto checked = rules_.check_password(user.password, user.email);
        if (!checked)
            return LineProblem(user.line,
                               checked.error().message() + "; remove it, and set one afterwards");
    }
    for (const std::string& login : {user.email, user.profile.username}) {
        const auto same = line_of_login_.find(fold_email(login));
        if (same != line_of_login_.end())
            return LineProblem(user.line, printable(login) + " is on line " +
                                              std::to_string(same->second) +
                                              " already; keep one of the two lines");
    }
    const auto same_id = user.id ? line_of_id_.find(*user.id) : line_of_id_.end();
    if (same_id == line_of_id_.end()) return std::nullopt;
    return LineProblem(user.line, "id " + std::to_string(*user.id) + " is on line " +
                                      std::to_string(same_id->second) +
                                      " already; change or remove one of the two ids");
}

// By bisection: a view tells whether there is a user above an id.
UserId ImportPlan::highest_id() const {
    UserId low = 0;
    UserId high = kMaxNumber;
    while (low < high) {
        const UserId middle = low + (high - low) / 2;
        const auto above = existing_.list(middle, 1);
        if (above.empty())
            high = middle;
        else
            low = above.front().id;
    }
    return low;
}

void ImportPlan::refuse(const LineProblem& problem) {
    ++(problem.kind == LineProblem::Kind::conflict ? count_.conflicts : count_.invalid);
    if (problem.kind == LineProblem::Kind::ends_reading) count_.is_reading_ended = true;
    report_(problem);
}

std::vector<ImportedUser> ImportPlan::take_users() {
    std::stable_sort(users_.begin(), users_.end(), is_stored_before);
    return std::move(users_);
}

CreateUser to_create(ImportedUser user) {
    CreateUser create(std::move(user.email), std::move(user.password_hash),
                      user.role.value_or(Role::user));
    create.disabled = user.disabled;
    create.id = user.id;
    create.created_at = user.created_at;
    create.updated_at = user.updated_at;
    create.last_login_at = user.last_login_at;
    create.profile = std::move(user.profile);
    create.metadata = std::move(user.metadata);
    return create;
}

result<void> hash_passwords(std::vector<ImportedUser>& users, const HashPassword& hash,
                            const HashingProgress& progress, std::size_t threads) {
    std::vector<ImportedUser*> plain;
    for (ImportedUser& user : users)
        if (!user.password.empty()) plain.push_back(&user);
    if (plain.empty()) return {};

    std::atomic<std::size_t> next = 0;
    std::atomic<std::size_t> done = 0;
    std::atomic<bool> has_failed = false;
    const auto work = [&]() -> result<void> {
        for (std::size_t i = next++; i < plain.size() && !has_failed; i = next++) {
            auto hashed = try_hash(hash, plain[i]->password);
            if (!hashed) {
                has_failed = true;
                return hashed.error();
            }
            plain[i]->password_hash = std::move(*hashed);
            plain[i]->password = Secret();
            ++done;
        }
        return {};
    };
    if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::future<result<void>>> workers;
    for (std::size_t i = 0; i < std::min(threads, plain.size()); ++i)
        workers.push_back(std::async(std::launch::async, work));

    result<void> outcome;
    for (auto& worker : workers) {
        while (worker.wait_for(std::chrono::milliseconds(100)) != std::future_status::ready)
            progress(done, plain.size());
        const auto ended = worker.get();
        if (!ended) outcome = ended;
    }
    if (outcome) progress(done, plain.size());
    return outcome;
}

}  // namespace roster::import_export
