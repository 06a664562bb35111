#include "unit/storage/faults/faulty_vfs.hpp"

#include <new>

namespace roster::storage::testing {
namespace {

using Call = FaultyVfs::Call;

// SQLite allocates the memory; the real file follows in the same block.
struct FaultyFile {
    sqlite3_file base;
    FaultyVfs* faults;

    sqlite3_file* real() noexcept { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

FaultyFile* faulty(sqlite3_file* file) noexcept {
    return reinterpret_cast<FaultyFile*>(file);
}

// Calls the real file's method of this name.
#define ROSTER_PASS(name, ...) \
    faulty(file)->real()->pMethods->name(faulty(file)->real() __VA_OPT__(, ) __VA_ARGS__)

int close(sqlite3_file* file) {
    return ROSTER_PASS(xClose);
}
int read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
    return ROSTER_PASS(xRead, into, size, offset);
}
int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    const int failed = faulty(file)->faults->outcome(Call::write);
    return failed != SQLITE_OK ? failed : ROSTER_PASS(xWrite, bytes, size, offset);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
    const int failed = faulty(file)->faults->outcome(Call::truncate);
    return failed != SQLITE_OK ? failed : ROSTER_PASS(xTruncate, size);
}
int sync(sqlite3_file* file, int flags) {
    const int failed = faulty(file)->faults->outcome(Call::sync);
    return failed != SQLITE_OK ? failed : ROSTER_PASS(xSync, flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return ROSTER_PASS(xFileSize, size);
}
int lock(sqlite3_file* file, int level) {
    return ROSTER_PASS(xLock, level);
}
int unlock(sqlite3_file* file, int level) {
    return ROSTER_PASS(xUnlock, level);
}
int check_reserved_lock(sqlite3_file* file, int* is_locked) {
    return ROSTER_PASS(xCheckReservedLock, is_locked);
}
int file_control(sqlite3_file* file, int operation, void* argument) {
    return ROSTER_PASS(xFileControl, operation, argument);
}
int sector_size(sqlite3_file* file) {
    return ROSTER_PASS(xSectorSize);
}
int device_characteristics(sqlite3_file* file) {
    return ROSTER_PASS(xDeviceCharacteristics);
}
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
    return ROSTER_PASS(xShmMap, page, size, extend, memory);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return ROSTER_PASS(xShmLock, offset, count, flags);
}
void shm_barrier(sqlite3_file* file) {
    ROSTER_PASS(xShmBarrier);
}
int shm_unmap(sqlite3_file* file, int removes) {
    return ROSTER_PASS(xShmUnmap, removes);
}

#undef ROSTER_PASS

// Version 2 has no memory mapping, so every access comes through here.
constexpr sqlite3_io_methods kMethods = {2,
                                         close,
                                         read,
                                         write,
                                         truncate,
                                         sync,
                                         file_size,
                                         lock,
                                         unlock,
                                         check_reserved_lock,
                                         file_control,
                                         sector_size,
                                         device_characteristics,
                                         shm_map,
                                         shm_lock,
                                         shm_barrier,
                                         shm_unmap,
                                         nullptr,
                                         nullptr};

FaultyVfs& faults_of(sqlite3_vfs* vfs) noexcept {
    return *static_cast<FaultyVfs*>(vfs->pAppData);
}

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* got) {
    FaultyFile* mine = new (file) FaultyFile{};
    mine->faults = &faults_of(vfs);
    sqlite3_vfs* real = mine->faults->real();
    const int opened = real->xOpen(real, name, mine->real(), flags, got);
    if (mine->real()->pMethods != nullptr) mine->base.pMethods = &kMethods;
    return opened;
}

}  // namespace

FaultyVfs::FaultyVfs() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
    vfs_.pNext = nullptr;
    vfs_.zName = "faulty";
    vfs_.szOsFile += static_cast<int>(sizeof(FaultyFile));
    vfs_.pAppData = this;
    vfs_.xOpen = open;
    // The other calls are the real one's; only its xOpen uses pAppData.
    sqlite3_vfs_register(&vfs_, 1);
}

FaultyVfs::~FaultyVfs() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
}

void FaultyVfs::fail(std::size_t call, bool for_good) {
    calls_ = 0;
    for_good_ = for_good;
    failing_call_ = call;
}

void FaultyVfs::repair() {
    failing_call_ = 0;
    fails_next_sync_ = false;
    is_full_ = false;
}

int FaultyVfs::outcome(Call call) {
    const std::size_t number = ++calls_;
    if (call == Call::sync) ++syncs_;
    const bool fails_now =
        failing_call_ != 0 && (for_good_ ? number >= failing_call_ : number == failing_call_);
    const bool fails_sync = call == Call::sync && fails_next_sync_.exchange(false);
    const bool finds_no_space = call == Call::write && is_full_;
    if (!fails_now && !fails_sync && !finds_no_space) return SQLITE_OK;
    ++failures_;
    if (finds_no_space) return SQLITE_FULL;
    switch (call) {
        case Call::write: return SQLITE_IOERR_WRITE;
        case Call::sync: return SQLITE_IOERR_FSYNC;
        case Call::truncate: return SQLITE_IOERR_TRUNCATE;
    }
    return SQLITE_IOERR;
}

}  // namespace roster::storage::testing
