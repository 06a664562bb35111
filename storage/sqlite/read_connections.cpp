#include "storage/sqlite/read_connections.hpp"

#include "storage/sqlite/sqlite_fault.hpp"

#include <SQLiteCpp/Exception.h>
#include <roster/log.hpp>

#include <utility>

namespace roster::storage {

ReadConnections::ReadConnections(const std::string& path, std::size_t connections,
                                 std::shared_ptr<Log> log)
    : log_(std::move(log)) {
    free_.reserve(connections);
    for (std::size_t i = 0; i < connections; ++i) {
        free_.push_back(std::make_unique<Connection>(path, Connection::Mode::read));
        // The files beside the database are opened at the first read.
        (void)free_.back()->number("SELECT count(*) FROM meta");
    }
}

std::unique_ptr<Connection> ReadConnections::take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !free_.empty(); });
    auto connection = std::move(free_.back());
    free_.pop_back();
    return connection;
}

// There is room: it was reserved for all of them.
void ReadConnections::give_back(std::unique_ptr<Connection> connection) noexcept {
    {
        const std::lock_guard lock(mutex_);
        free_.push_back(std::move(connection));
    }
    returned_.notify_one();
}

void ReadConnections::tell(const std::exception& error) const {
    if (!log_) return;
    const auto* from_sqlite = dynamic_cast<const SQLite::Exception*>(&error);
    log_->error("store: cannot be read: {}", from_sqlite ? text_of(*from_sqlite) : error.what());
}

}  // namespace roster::storage
