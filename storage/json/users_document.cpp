#include "storage/json/users_document.hpp"

#include "core/json/user_json.hpp"
#include "core/password_format.hpp"
#include "core/text.hpp"
#include "storage/memory/packed_profile.hpp"

#include <roster/log.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace roster::storage {
namespace {

UserRecord to_record(const ParsedUser& fields, std::chrono::sys_seconds now) {
    UserRecord record;
    record.id = *fields.id;
    record.email = fields.email;
    record.role = fields.role.value_or(Role::user);
    record.disabled = fields.disabled;
    record.profile = pack(fields.profile);
    record.last_login_at = fields.last_login_at;
    record.created_at = fields.created_at.value_or(now);
    record.updated_at = fields.updated_at.value_or(record.created_at);
    record.revision = fields.revision.value_or(0);
    record.credentials_revision = fields.credentials_revision;
    if (fields.metadata != kNoMetadata) record.metadata = fields.metadata;
    record.unknown_members = fields.unknown_members;
    return record;
}

// What concerns more than one user of a file.
class DocumentBuilder {
  public:
    explicit DocumentBuilder(std::chrono::sys_seconds now) : now_(now) {}

    std::optional<TokenProblem> add(UserParser& parsed) {
        auto read = to_file_user(parsed);
        if (auto* problem = std::get_if<TokenProblem>(&read)) return std::move(*problem);
        FileUser& user = std::get<FileUser>(read);
        any_role_ = any_role_ || user.fields.role;
        revision_.see(user.fields.revision.value_or(0), parsed.token_of(UserMember::revision));
        credentials_.see(user.fields.credentials_revision,
                         parsed.token_of(UserMember::credentials_revision));
        if (!user.fields.id) {
            document_.set_aside += user.fields.set_aside;
            document_.users_without_id.push_back(std::move(user));
            return std::nullopt;
        }
        if (first_user_ == 0) first_user_ = *user.fields.id;
        auto problem = add_user(user, now_, document_);
        if (problem && problem->token == user.username_token && parsed.shape().sets_aside) {
            set_username_aside(user.fields);
            problem = add_user(user, now_, document_);
        }
        document_.set_aside += user.fields.set_aside;
        return problem;
    }

    std::optional<TokenProblem> finish(const UsersFileHeader& header) {
        document_.members_before_users = header.members_before_users;
        document_.members_after_users = header.members_after_users;
        document_.has_revision = header.revision.has_value();
        UserIndex& users = document_.users;
        users.revision = header.revision.value_or(0);
        if (header.revision && revision_.number > users.revision)
            return TokenProblem{revision_.token, "the user's \"revision\" is above the file's"};
        if (header.revision && credentials_.number > users.revision)
            return TokenProblem{credentials_.token,
                                "the user's \"credentials_revision\" is above "
                                "the file's \"revision\""};
        users.revision = std::max({users.revision, revision_.number, credentials_.number});
        users.next_id = std::max(header.next_id.value_or(1), users.last_id() + 1);
        document_.incomplete = document_.set_aside > 0 || users.next_id != header.next_id ||
                               !document_.users_without_id.empty() ||
                               !document_.users_without_revision.empty() || !header.format;
        if (!header.format && users.last_id() > kHighestGivenId)
            return TokenProblem{0, "the id " + std::to_string(users.last_id()) +
                                       " would leave none for the next users; the highest is " +
                                       std::to_string(kHighestGivenId)};
        if (!header.format && !any_role_) give_administrator();
        return std::nullopt;
    }

    UsersDocument take() { return std::move(document_); }

  private:
    struct Largest {
        void see(std::uint64_t seen, std::size_t where) {
            if (seen <= number) return;
            number = seen;
            token = where;
        }
        std::uint64_t number = 0;
        std::size_t token = 0;
    };

    // The original project had no roles: its first user was the administrator.
    void give_administrator() {
        if (first_user_ == 0) {
            if (!document_.users_without_id.empty())
                document_.users_without_id.front().fields.role = Role::admin;
            return;
        }
        User first = to_user(*document_.users.find(first_user_));
        first.role = Role::admin;
        document_.users.replace(storage::to_record(first));
    }

    std::chrono::sys_seconds now_;
    UsersDocument document_;
    UserId first_user_ = 0;
    bool any_role_ = false;
    Largest revision_;
    Largest credentials_;
};

result<void> hash(PlainPassword& plain, const OpenOptions& options) {
    try {
        result<Secret> hashed = options.hash_password(plain.password);
        if (!hashed) return hashed.error();
        if (!is_checkable_hash(hashed->reveal())) return Errc::invalid_request;
        plain.password = std::move(*hashed);
        return {};
    } catch (const std::exception&) {
        return Errc::overloaded;
    }
}

void report_hashed(std::size_t done, std::size_t total, const OpenOptions& options) {
    constexpr std::size_t kWorthReporting = 100;
    if (!options.log || total < kWorthReporting) return;
    if (done * 10 / total != (done - 1) * 10 / total)
        options.log->info("hashed {} of {} plain passwords", done, total);
}

struct HashingFailure {
    std::size_t index = 0;
    boost::system::error_code error;
};

// On all cores. Returns the first that could not be hashed, in the file's order; others may be
// hashed.
std::optional<HashingFailure> hash_all(std::vector<PlainPassword>& passwords,
                                       const OpenOptions& options) {
    std::atomic<std::size_t> next = 0;
    std::atomic<std::size_t> done = 0;
    std::atomic<bool> has_failed = false;
    std::mutex mutex;
    std::optional<HashingFailure> failure;
    const auto work = [&] {
        for (std::size_t i = next++; i < passwords.size() && !has_failed; i = next++) {
            const auto hashed = hash(passwords[i], options);
            if (hashed) {
                report_hashed(++done, passwords.size(), options);
                continue;
            }
            has_failed = true;
            const std::lock_guard lock(mutex);
            if (!failure || i < failure->index) failure = HashingFailure{i, hashed.error()};
        }
    };
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    {
        std::vector<std::jthread> others;
        try {
            while (others.size() + 1 < std::min(cores, passwords.size()))
                others.emplace_back(work);
        } catch (const std::exception&) {
            // Where no more threads can be had, those that there are do all the work.
        }
        work();
    }
    return failure;
}

}  // namespace

std::variant<FileUser, TokenProblem> to_file_user(UserParser& parsed) {
    constexpr std::size_t kMaxPlainBytes = 1024;
    FileUser user;
    user.id_token = parsed.token_of(UserMember::id);
    user.email_token = parsed.token_of(UserMember::email);
    user.username_token = parsed.token_of(UserMember::username);
    user.password_token = parsed.token_of(UserMember::password);
    user.fields = std::move(parsed.user());
    const std::string_view password = user.fields.password.reveal();
    const auto format = read_password_format(password);
    switch (format.status) {
        case HashStatus::none:
        case HashStatus::checkable: return user;
        case HashStatus::plain:
            user.has_plain_password = true;
            if (password.size() <= kMaxPlainBytes && is_clean_text(password)) return user;
            return TokenProblem{user.password_token,
                                "a plain \"password\" must be a text of at most 1024 bytes without "
                                "control characters"};
        case HashStatus::damaged:
        case HashStatus::too_costly:
        case HashStatus::foreign:
        case HashStatus::bare:
        case HashStatus::wrapped: break;
    }
    return TokenProblem{user.password_token, "\"password\" " + why_refused(format)};
}

std::variant<UsersDocument, Diagnostic> read_users_file(std::string_view text,
                                                        std::chrono::sys_seconds now) {
    DocumentBuilder builder(now);
    UsersFileParser parser([&builder](UserParser& user) { return builder.add(user); });
    if (auto problem = parse_json(text, parser)) return std::move(*problem);
    if (auto problem = builder.finish(parser.header()))
        return Diagnostic(std::move(problem->text), locate_token(text, problem->token));
    return builder.take();
}

Location locate_user(std::string_view text, UserId id) {
    UsersFileParser finder([id](UserParser& user) {
        std::optional<TokenProblem> found;
        if (user.user().id == id) found = TokenProblem{user.first_token(), ""};
        return found;
    });
    const auto found = parse_json(text, finder);
    return found ? found->location : locate(text, 0);
}

Location locate_token(std::string_view text, std::size_t token) {
    return locate(text, offset_of_token(text, token));
}

std::optional<TokenProblem> add_user(const FileUser& user, std::chrono::sys_seconds now,
                                     UsersDocument& document) {
    UserRecord record = to_record(user.fields, now);
    if (!user.has_plain_password) record.password_hash = user.fields.password.reveal();
    const auto inserted = document.users.insert(record);
    if (inserted == UserIndex::Inserted::id_taken)
        return TokenProblem{user.id_token, "two users have the id " + std::to_string(record.id)};
    if (inserted == UserIndex::Inserted::email_taken)
        return TokenProblem{user.email_token,
                            "two users have the e-mail \"" + printable(record.email) + "\""};
    if (inserted == UserIndex::Inserted::username_taken)
        return TokenProblem{user.username_token,
                            "two users have the username \"" + user.fields.profile.username + "\""};
    if (user.has_plain_password)
        document.plain_passwords.push_back({record.id, user.fields.password, user.password_token});
    if (!user.fields.revision) document.users_without_revision.push_back(record.id);
    return std::nullopt;
}

std::optional<TokenProblem> complete_document(std::chrono::sys_seconds now,
                                              UsersDocument& document) {
    UserIndex& users = document.users;
    for (FileUser& user : std::exchange(document.users_without_id, {})) {
        user.fields.id = users.next_id++;
        if (auto problem = add_user(user, now, document)) return problem;
    }
    if (users.next_id > kMaxNumber) return TokenProblem{0, "no id is left for another user"};
    auto changed = std::exchange(document.users_without_revision, {});
    for (const PlainPassword& plain : document.plain_passwords)
        changed.push_back(plain.id);
    if (!changed.empty()) ++users.revision;
    for (const UserId id : changed) {
        User user = to_user(*users.find(id));
        const bool is_done = user.revision == users.revision;
        if (is_done) continue;
        if (user.revision != 0) user.updated_at = now;
        user.revision = users.revision;
        user.credentials_revision = users.revision;
        users.replace(storage::to_record(user));
    }
    return std::nullopt;
}

std::optional<TokenProblem> hash_plain_passwords(UsersDocument& document,
                                                 const OpenOptions& options) {
    std::vector<PlainPassword> passwords = std::exchange(document.plain_passwords, {});
    const std::size_t with_id = passwords.size();
    for (const FileUser& user : document.users_without_id)
        if (user.has_plain_password)
            passwords.push_back({0, user.fields.password, user.password_token});
    if (passwords.empty()) return std::nullopt;
    if (!options.hash_password)
        return TokenProblem{passwords.front().token,
                            "a plain password, which cannot be hashed here"};
    if (options.log) options.log->info("hashing {} plain passwords", passwords.size());
    if (const auto failure = hash_all(passwords, options)) {
        if (failure->error != Errc::cancelled && failure->error != Errc::overloaded)
            return TokenProblem{passwords[failure->index].token,
                                "this plain password cannot be hashed"};
        document.hashing_error = failure->error;
    }
    for (std::size_t i = 0; i < with_id; ++i) {
        User user = to_user(*document.users.find(passwords[i].id));
        user.password_hash = passwords[i].password;
        document.users.replace(storage::to_record(user));
        document.had_plain_password.insert(user.id);
    }
    std::size_t next = with_id;
    for (FileUser& user : document.users_without_id) {
        if (!user.has_plain_password) continue;
        user.fields.password = passwords[next++].password;
        user.has_plain_password = false;
    }
    document.incomplete = true;
    return std::nullopt;
}

std::size_t leave_out_plain_passwords(UsersDocument& document) {
    for (const PlainPassword& plain : document.plain_passwords)
        document.had_plain_password.insert(plain.id);
    std::size_t left_out = std::exchange(document.plain_passwords, {}).size();
    for (FileUser& user : document.users_without_id) {
        if (!user.has_plain_password) continue;
        user.fields.password = Secret();
        user.has_plain_password = false;
        ++left_out;
    }
    document.passwords_left_out = left_out > 0;
    return left_out;
}

}  // namespace roster::storage
