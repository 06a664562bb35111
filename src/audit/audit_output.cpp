#include "audit/audit_output.hpp"

#include <boost/system/error_code.hpp>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <string>

namespace roster::audit {
namespace {

class AuditOutput final : public AuditSink {
  public:
    AuditOutput(int descriptor, std::chrono::milliseconds patience)
        : descriptor_(descriptor), patience_(patience) {}

    // What was taken once is kept until it is out: a reader must not see half a line, nor one
    // twice.
    result<void> append(std::string_view lines, std::uint64_t) override {
        const auto flushed = flush();
        if (!flushed) return flushed;
        kept_ = lines;
        (void)flush();
        return {};
    }

    result<void> sync() override { return flush(); }

  private:
    result<void> flush() {
        while (!kept_.empty()) {
            if (const auto ready = wait_for_reader(); !ready) return ready;
            // No more than a pipe takes at once when it says that it takes something.
            const auto put =
                ::write(descriptor_, kept_.data(), std::min<std::size_t>(kept_.size(), PIPE_BUF));
            if (put >= 0)
                kept_.erase(0, static_cast<std::size_t>(put));
            else if (errno != EINTR && errno != EAGAIN)
                return last_error();
        }
        return {};
    }

    result<void> wait_for_reader() {
        pollfd wanted{descriptor_, POLLOUT, 0};
        const int ready = ::poll(&wanted, 1, static_cast<int>(patience_.count()));
        if (ready == 0)
            return boost::system::error_code(ETIMEDOUT, boost::system::system_category());
        if (ready < 0 && errno != EINTR) return last_error();
        return {};
    }

    static boost::system::error_code last_error() noexcept {
        return {errno, boost::system::system_category()};
    }

    int descriptor_;
    std::chrono::milliseconds patience_;
    std::string kept_;
};

}  // namespace

std::unique_ptr<AuditSink> make_audit_output(int descriptor, std::chrono::milliseconds patience) {
    return std::make_unique<AuditOutput>(descriptor, patience);
}

}  // namespace roster::audit
