#include "cli/import_export/import_reading.hpp"

#include "cli/import_export/user_fields.hpp"
#include "core/text.hpp"

#include <string>
#include <utility>

namespace roster::cli {

namespace asio = boost::asio;

ImportReading::ImportReading(UserReader& reader, Store& store, ImportRules rules, Report report,
                             Tick tick)
    : reader_(reader),
      store_(store),
      rules_(rules),
      report_(std::move(report)),
      tick_(std::move(tick)) {}

asio::awaitable<result<ImportCount>> ImportReading::run() {
    const auto highest = co_await highest_id();
    if (!highest) co_return highest.error();
    highest_id_ = *highest;
    for (;;) {
        auto read = reader_.next();
        if (!read) co_return read.error();
        if (!*read) break;
        tick_();
        if (const auto* problem = std::get_if<LineProblem>(&**read)) {
            refuse(*problem);
            continue;
        }
        ImportedUser user = std::get<ImportedUser>(std::move(**read));
        const auto taken = co_await take(std::move(user));
        if (!taken) co_return taken.error();
    }
    co_return count_;
}

asio::awaitable<result<void>> ImportReading::take(ImportedUser user) {
    if (rules_.gives_new_ids) user.id.reset();
    if (const auto fault = find_fault(user)) {
        refuse(*fault);
        co_return result<void>();
    }
    const auto holder = co_await store_.find_by_email(user.email);
    if (!holder && holder.error() != Errc::user_not_found) co_return holder.error();
    if (holder && rules_.passes_over_existing) {
        ++count_.passed_over;
        const LineProblem told(user.line, "passed over: " + printable(user.email) + " is user " +
                                              std::to_string(holder->id) + " already");
        report_(told);
    } else if (holder) {
        const LineProblem taken(user.line,
                                printable(user.email) + " is user " + std::to_string(holder->id) +
                                    " of the store already; remove the line, or pass over such "
                                    "lines with --existing skip",
                                LineProblem::Kind::conflict);
        refuse(taken);
    } else if (user.id && *user.id <= highest_id_) {
        const LineProblem given(user.line,
                                "id " + std::to_string(*user.id) +
                                    ": the store has given ids up to " +
                                    std::to_string(highest_id_) +
                                    " already; take the ids out, or import with --new-ids",
                                LineProblem::Kind::conflict);
        refuse(given);
    } else {
        ++count_.users;
        plan_.add(std::move(user));
    }
    co_return result<void>();
}

// Whatever can be seen without a look at the store.
std::optional<LineProblem> ImportReading::find_fault(const ImportedUser& user) const {
    if (!user.password.empty() && rules_.check_password) {
        const auto checked = rules_.check_password(user.password, user.email);
        if (!checked)
            return LineProblem(
                user.line, checked.error().message() + "; leave it out, and set one afterwards");
    }
    return plan_.find_clash(user);
}

// By halves: whether there is a user above an id is all that a store need be asked.
asio::awaitable<result<UserId>> ImportReading::highest_id() {
    UserId low = 0;
    UserId high = kMaxImportedId + 1;
    while (low < high) {
        const UserId middle = low + (high - low) / 2;
        const auto above = co_await store_.list(middle, 1);
        if (!above) co_return above.error();
        if (above->empty())
            high = middle;
        else
            low = above->front().id;
    }
    co_return low;
}

void ImportReading::refuse(const LineProblem& problem) {
    switch (problem.kind) {
        case LineProblem::Kind::invalid: ++count_.invalid; break;
        case LineProblem::Kind::conflict: ++count_.conflicts; break;
        case LineProblem::Kind::ends_reading:
            ++count_.invalid;
            count_.is_reading_ended = true;
            break;
    }
    report_(problem);
}

}  // namespace roster::cli
