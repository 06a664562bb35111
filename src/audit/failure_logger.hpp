#pragma once

// Something that may fail for a long time, and is to be said when it begins and when it ends.

#include <roster/log.hpp>

#include <boost/system/error_code.hpp>

#include <memory>
#include <string>

namespace roster::audit {

/// Threads: one at a time.
class FailureLogger {
  public:
    /// `log` may be empty.
    FailureLogger(std::shared_ptr<Log> log, std::string while_it_lasts, std::string when_over);

    void met(const boost::system::error_code& error);
    void over();

  private:
    std::shared_ptr<Log> log_;
    std::string while_it_lasts_;
    std::string when_over_;
    bool lasts_ = false;
};

}  // namespace roster::audit
