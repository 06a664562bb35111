#include "cli/commands/first_administrator.hpp"

#include "accounts/accounts.hpp"
#include "accounts/first_admin.hpp"
#include "cli/io/exit_code.hpp"
#include "cli/io/terminal.hpp"
#include "core/files/file_system.hpp"
#include "core/text.hpp"
#include "passwords/password_hasher.hpp"
#include "storage/drivers.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>

namespace roster::cli {
namespace {

constexpr auto kPauseBetweenLooks = std::chrono::milliseconds(200);

Secret password_in(const std::string& file) {
    auto password = read_secret_file(file);
    if (!password) {
        const auto& why = password.error();
        throw UsageError("--admin-password-file " + printable(file) + ": " +
                         (why == Errc::cancelled ? "the file is empty" : why.message()));
    }
    return std::move(*password);
}

}  // namespace

void check_admin_options(const ServeOptions& options) {
    if (options.admin_email.empty() == options.admin_password_file.empty()) return;
    throw UsageError("--admin-email and --admin-password-file need each other");
}

FirstAdministrator::FirstAdministrator(const ServeOptions& options, Store& store,
                                       std::shared_ptr<AuditLog> audit, std::shared_ptr<Log> log)
    : options_(options), store_(store), audit_(std::move(audit)), log_(std::move(log)) {
    if (options.admin_email.empty()) return;
    if (store.status().writable) {
        add();
    } else if (store.is_shared()) {
        log_->warn("the store is away: the first administrator is added when it is back");
        thread_ = std::jthread([this](const std::stop_token& stop) { add_when_back(stop); });
    } else {
        log_->warn("the store is away: the first administrator is added at the next start");
    }
}

void FirstAdministrator::add() {
    passwords::PasswordHasher hasher(1, 1, hash_cost(options_.passwords));
    accounts::AccountsOptions rules;
    rules.policies = password_policies(options_.passwords);
    rules.audit = audit_;
    accounts::Accounts service(store_, hasher, std::move(rules), log_);
    accounts::ensure_first_admin(service, options_.admin_email,
                                 [this] { return password_in(options_.admin_password_file); });
}

void FirstAdministrator::add_when_back(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
        never.wait_for(lock, stop, kPauseBetweenLooks, [] { return false; });
        if (stop.stop_requested() || !store_.status().writable) continue;
        try {
            return add();
        } catch (const std::exception& error) {
            log_->error("{}", error.what());
            // It may have gone away again.
            if (store_.status().writable) return;
        }
    }
}

SetupFile::SetupFile(const std::string& store) : path_(storage::store_files(store).main) {
    if (!path_.empty()) path_ += ".setup";
    remove();
}

void SetupFile::write(const Secret& code, Log& log) {
    if (path_.empty()) return;
    const auto files = make_posix_file_system();
    auto file = files->open(path_, OpenMode::create);
    result<void> written = file ? append_all(**file, code.reveal()) : file.error();
    if (written) written = append_all(**file, "\n");
    if (!written) log.warn("{} cannot be written: {}", path_, written.error().message());
}

void SetupFile::remove() {
    if (!path_.empty()) (void)make_posix_file_system()->remove(path_);
}

}  // namespace roster::cli
