#pragma once

// A backup of the store as the body of a response. Knows no kind of store.

#include <roster/error.hpp>
#include <roster/log.hpp>

#include "core/bounded_pool.hpp"
#include "core/files/file_system.hpp"
#include "server/http/body_source.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace roster::server {

/// Makes a backup with `back_up` in a private directory, and opens it. Both have no name any more
/// when it returns, so nothing is left behind whatever ends the response. Blocks.
/// Errors: `store_unavailable`.
result<std::shared_ptr<File>> make_backup(
    const std::function<void(const std::string& file)>& back_up, Log& log);

/// "roster.db-2026-11-28.backup", for a store with such a URL.
std::string backup_name(std::string_view store_url, std::chrono::sys_seconds now);

/// Reads a file on threads that may wait for the disk. Lifetime: the threads outlive it.
class FileBody final : public protocol::http::BodySource {
  public:
    FileBody(BoundedPool& threads, std::shared_ptr<File> file)
        : threads_(threads), file_(std::move(file)) {}

    boost::asio::awaitable<result<protocol::http::BodyPart>> append(std::string& out) override;

  private:
    BoundedPool& threads_;
    const std::shared_ptr<File> file_;
    std::uint64_t offset_ = 0;
};

}  // namespace roster::server
