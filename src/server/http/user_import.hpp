#pragma once

// Imports lines of users, all or none, and says of each line what became of it.
// Knows no request.

#include <roster/error.hpp>
#include <roster/user.hpp>

#include "accounts/accounts.hpp"
#include "import_export/imported_user.hpp"
#include "server/http/body_source.hpp"
#include "server/net/connection_table.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace roster::server {

/// Plain passwords of one import: each takes as long as a log-in.
inline constexpr std::size_t kMostImportedPasswords = 1000;
inline constexpr std::size_t kMaxImportedLineBytes = 64 * 1024;

struct ImportReport {
    /// A line that describes a user who can be added.
    struct Good {
        std::size_t line = 0;
        /// 0 unless they were added.
        UserId id = 0;
    };

    // Both by their lines.
    std::vector<Good> good;
    std::vector<import_export::LineProblem> refused;
    bool is_added = false;
    bool is_dry_run = false;
};

/// Blocks: it parses, asks the store, and waits for hashes and for the commit.
/// Errors: of the store; `overloaded`: passwords cannot be hashed now, or the server stops. Nothing
/// was added then.
result<ImportReport> import_lines(accounts::Accounts& accounts, const ConnectionTable& table,
                                  const accounts::RequestContext& who, std::string_view lines,
                                  bool dry_run);

/// A line of JSON for each line of the import, and a summary.
class ImportResults final : public protocol::http::BodySource {
  public:
    explicit ImportResults(ImportReport report) : report_(std::move(report)) {}

    boost::asio::awaitable<result<protocol::http::BodyPart>> append(std::string& out) override;

  private:
    bool append_line(std::string& out);

    const ImportReport report_;
    std::size_t next_good_ = 0;
    std::size_t next_refused_ = 0;
};

}  // namespace roster::server
