#include "storage/sqlite/failed_frames.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <cstring>

namespace roster::storage {
namespace {

constexpr int kIndexPageBytes = 32768;
constexpr int kPageSizeOffset = 14;
constexpr int kLastFrameOffset = 16;
constexpr sqlite3_int64 kLogHeaderBytes = 32;
constexpr sqlite3_int64 kFrameHeaderBytes = 24;

sqlite3_file* file_of(sqlite3* connection, int which) noexcept {
    sqlite3_file* file = nullptr;
    if (sqlite3_file_control(connection, "main", which, &file) != SQLITE_OK) return nullptr;
    return file != nullptr && file->pMethods != nullptr ? file : nullptr;
}

template <class Number>
Number read_number(const volatile void* memory, int offset) noexcept {
    Number number = 0;
    std::memcpy(&number,
                const_cast<const char*>(static_cast<const volatile char*>(memory)) + offset,
                sizeof(number));
    return number;
}

}  // namespace

bool cut_failed_frames(sqlite3* connection) noexcept {
    sqlite3_file* database = file_of(connection, SQLITE_FCNTL_FILE_POINTER);
    sqlite3_file* log = file_of(connection, SQLITE_FCNTL_JOURNAL_POINTER);
    if (database == nullptr || log == nullptr || database->pMethods->iVersion < 2) return false;
    volatile void* index = nullptr;
    if (database->pMethods->xShmMap(database, 0, kIndexPageBytes, 0, &index) != SQLITE_OK ||
        index == nullptr)
        return false;
    // 1 stands for 65536, which does not fit.
    sqlite3_int64 page_bytes = read_number<std::uint16_t>(index, kPageSizeOffset);
    if (page_bytes == 1) page_bytes = 65536;
    const sqlite3_int64 frames = read_number<std::uint32_t>(index, kLastFrameOffset);
    const sqlite3_int64 end = kLogHeaderBytes + frames * (kFrameHeaderBytes + page_bytes);
    sqlite3_int64 size = 0;
    if (log->pMethods->xFileSize(log, &size) != SQLITE_OK) return false;
    return size <= end || log->pMethods->xTruncate(log, end) == SQLITE_OK;
}

}  // namespace roster::storage
