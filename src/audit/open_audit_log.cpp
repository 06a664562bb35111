// The kinds of audit log: none, a file, and standard output.

#include <roster/audit.hpp>

#include "audit/audit_file.hpp"
#include "audit/audit_writer.hpp"
#include "audit/folded_audit_log.hpp"
#include "core/files/file_system.hpp"
#include "core/files/non_blocking_output.hpp"

#include <roster/log.hpp>

#include <boost/system/error_code.hpp>

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <string>
#include <utility>

namespace roster {
namespace audit {
namespace {

class NoAuditLog final : public AuditLog {
  public:
    void record(AuditEvent) noexcept override {}
};

class AuditOutput final : public AuditSink {
  public:
    AuditOutput(int descriptor, std::chrono::milliseconds patience)
        : output_(descriptor), patience_(patience) {}

    // Accepted lines are kept until they are out: a reader must not see half a line, nor one twice.
    result<void> append(std::string_view lines, std::uint64_t) override {
        const auto flushed = flush();
        if (!flushed) return flushed;
        kept_ = lines;
        (void)flush();
        return {};
    }

    result<void> sync() override { return flush(); }

  private:
    // A reader that takes a little now and then does not get more time.
    result<void> flush() {
        const auto give_up_at = std::chrono::steady_clock::now() + patience_;
        while (!kept_.empty()) {
            if (const auto ready = wait_for_reader(give_up_at); !ready) return ready;
            // A pipe that is ready takes this much at once, even one that could not be reopened.
            const auto put =
                output_.write(std::string_view(kept_).substr(0, std::size_t{PIPE_BUF}));
            if (put)
                kept_.erase(0, *put);
            else if (put.error() != boost::system::errc::resource_unavailable_try_again)
                return put.error();
        }
        return {};
    }

    result<void> wait_for_reader(std::chrono::steady_clock::time_point give_up_at) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            give_up_at - std::chrono::steady_clock::now());
        if (left.count() < 0) return system_error(ETIMEDOUT);
        pollfd wanted{output_.descriptor(), POLLOUT, 0};
        const int ready = ::poll(&wanted, 1, static_cast<int>(left.count()));
        if (ready == 0) return system_error(ETIMEDOUT);
        if (ready < 0 && errno != EINTR) return system_error(errno);
        return {};
    }

    static boost::system::error_code system_error(int number) noexcept {
        return {number, boost::system::system_category()};
    }

    NonBlockingOutput output_;
    std::chrono::milliseconds patience_;
    std::string kept_;
};

std::unique_ptr<AuditLog> open_file(const std::string& path, const AuditOptions& options) {
    OpenedAuditFile opened = open_audit_file(make_posix_file_system(), path, options);
    auto log =
        std::make_unique<AuditWriter>(std::move(opened.file), std::move(opened.chain), options);
    if (opened.torn_bytes == 0) return log;
    if (options.log)
        options.log->warn("{}: ended with {} bytes of an incomplete line; they were cut off", path,
                          opened.torn_bytes);
    AuditEvent recovered;
    recovered.action = "audit_recovered";
    recovered.target = "bytes " + std::to_string(opened.torn_bytes);
    recovered.outcome = "ok";
    log->record(std::move(recovered));
    return log;
}

}  // namespace

std::unique_ptr<AuditSink> make_audit_output(int descriptor, std::chrono::milliseconds patience) {
    return std::make_unique<AuditOutput>(descriptor, patience);
}

}  // namespace audit

std::unique_ptr<AuditLog> open_audit_log(std::string_view where, AuditOptions options) {
    if (where == "off") return std::make_unique<audit::NoAuditLog>();
    if (!options.now) options.now = [] { return std::chrono::system_clock::now(); };
    std::unique_ptr<AuditLog> log;
    if (where == "-")
        log = std::make_unique<audit::AuditWriter>(audit::make_audit_output(STDOUT_FILENO),
                                                   audit::AuditChain(), options);
    else
        log = audit::open_file(std::string(where), options);
    return audit::fold_floods(std::move(log), options.now);
}

}  // namespace roster
