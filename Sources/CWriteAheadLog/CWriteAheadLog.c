#define _GNU_SOURCE

#include "CWriteAheadLog.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// CAPACITY is more than nearly all commits write; a longer one goes out in several flushes. SQLite's own file layer is made for
// pages, and cannot write 128 KiB or more in one call.
enum { CAPACITY = 1 << 20, PIECE = 1 << 16 };

// Followed in memory by the file of the layer below.
typedef struct {
    sqlite3_file base;
    // Of the log, for syncing from another thread; -1 if it could not be opened.
    int descriptor;
    int is_held;
    int is_sync_owed;
    // A sync that was owed has failed within this hold.
    int is_lost;
    // The file's directory entry is on the disk since this file was synced for the first time.
    int was_synced;
    // What was written since the last flush: one stretch of the file.
    unsigned char *bytes;
    sqlite3_int64 start;
    int count;
} Log;

static sqlite3_vfs layer;
static sqlite3_vfs *below;
static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;
static int installations;

static sqlite3_file *real(Log *log) { return (sqlite3_file *)(log + 1); }

static int flush(Log *log) {
    if (log->count == 0) return SQLITE_OK;
    int count = log->count;
    // Also after a failure: SQLite then takes the transaction back, and writes the same places again with the next.
    log->count = 0;
    int code = SQLITE_OK;
    for (int done = 0; done < count && code == SQLITE_OK; done += PIECE) {
        int size = count - done < PIECE ? count - done : PIECE;
        code = real(log)->pMethods->xWrite(real(log), log->bytes + done, size, log->start + done);
    }
    return code;
}

// A sync that is owed must come before anything that is written after it.
static int settle(Log *log, int flags) {
    if (!log->is_sync_owed) return SQLITE_OK;
    log->is_sync_owed = 0;
    int code = real(log)->pMethods->xSync(real(log), flags);
    // Remembered, since SQLite does not mind if the log cannot be shortened after a commit.
    if (code != SQLITE_OK) log->is_lost = 1;
    return code;
}

static int log_close(sqlite3_file *file) {
    Log *log = (Log *)file;
    int code = flush(log);
    if (log->descriptor >= 0) close(log->descriptor);
    free(log->bytes);
    int closed = real(log)->pMethods->xClose(real(log));
    return code != SQLITE_OK ? code : closed;
}

static int log_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
    Log *log = (Log *)file;
    int code = flush(log);
    if (code != SQLITE_OK) return code;
    return real(log)->pMethods->xRead(real(log), bytes, count, offset);
}

static int log_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    Log *log = (Log *)file;
    int code = settle(log, SQLITE_SYNC_NORMAL);
    if (code != SQLITE_OK) return code;
    if (!log->is_held || count > CAPACITY) {
        code = flush(log);
        if (code != SQLITE_OK) return code;
        return real(log)->pMethods->xWrite(real(log), bytes, count, offset);
    }
    if (log->count > 0 && (offset != log->start + log->count || count > CAPACITY - log->count)) {
        code = flush(log);
        if (code != SQLITE_OK) return code;
    }
    if (log->count == 0) log->start = offset;
    memcpy(log->bytes + log->count, bytes, (size_t)count);
    log->count += count;
    return SQLITE_OK;
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size) {
    Log *log = (Log *)file;
    int code = flush(log);
    if (code == SQLITE_OK) code = settle(log, SQLITE_SYNC_NORMAL);
    if (code != SQLITE_OK) return code;
    return real(log)->pMethods->xTruncate(real(log), size);
}

static int log_sync(sqlite3_file *file, int flags) {
    Log *log = (Log *)file;
    int code = flush(log);
    if (code != SQLITE_OK) return code;
    if (log->is_held && log->was_synced) {
        log->is_sync_owed = 1;
        return SQLITE_OK;
    }
    code = real(log)->pMethods->xSync(real(log), flags);
    if (code == SQLITE_OK) {
        log->was_synced = 1;
        log->is_sync_owed = 0;
    }
    return code;
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size) {
    Log *log = (Log *)file;
    int code = flush(log);
    if (code != SQLITE_OK) return code;
    return real(log)->pMethods->xFileSize(real(log), size);
}

static int log_lock(sqlite3_file *file, int level) {
    sqlite3_file *inner = real((Log *)file);
    return inner->pMethods->xLock(inner, level);
}

static int log_unlock(sqlite3_file *file, int level) {
    sqlite3_file *inner = real((Log *)file);
    return inner->pMethods->xUnlock(inner, level);
}

static int log_is_reserved(sqlite3_file *file, int *answer) {
    sqlite3_file *inner = real((Log *)file);
    return inner->pMethods->xCheckReservedLock(inner, answer);
}

static int log_control(sqlite3_file *file, int operation, void *argument) {
    sqlite3_file *inner = real((Log *)file);
    return inner->pMethods->xFileControl(inner, operation, argument);
}

static int log_sector_size(sqlite3_file *file) {
    sqlite3_file *inner = real((Log *)file);
    return inner->pMethods->xSectorSize(inner);
}

static int log_characteristics(sqlite3_file *file) {
    sqlite3_file *inner = real((Log *)file);
    return inner->pMethods->xDeviceCharacteristics(inner);
}

static const sqlite3_io_methods log_methods = {
    .iVersion = 1,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_is_reserved,
    .xFileControl = log_control,
    .xSectorSize = log_sector_size,
    .xDeviceCharacteristics = log_characteristics,
};

static int layer_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    (void)vfs;
    // All other files are opened as if this layer were not there.
    if (!(flags & SQLITE_OPEN_WAL)) return below->xOpen(below, name, file, flags, out);
    Log *log = (Log *)file;
    memset(log, 0, sizeof *log);
    log->descriptor = -1;
    int code = below->xOpen(below, name, real(log), flags, out);
    if (code != SQLITE_OK) {
        // SQLite closes a file whose methods are set, also when it could not be opened.
        if (real(log)->pMethods) real(log)->pMethods->xClose(real(log));
        return code;
    }
    // Closing it later frees none of SQLite's locks: those are on the database and its shared memory.
    if (name) log->descriptor = open(name, O_RDONLY | O_CLOEXEC);
    log->base.pMethods = &log_methods;
    return SQLITE_OK;
}

int wal_layer_install(void) {
    int code = SQLITE_OK;
    pthread_mutex_lock(&installing);
    if (!below) {
        sqlite3_vfs *found = sqlite3_vfs_find(NULL);
        if (found) {
            // Everything but opening is the layer below's, and gets its own data.
            layer = *found;
            layer.pNext = NULL;
            layer.zName = "pluginhost";
            layer.szOsFile = (int)sizeof(Log) + found->szOsFile;
            layer.xOpen = layer_open;
            below = found;
        } else {
            code = SQLITE_ERROR;
        }
    }
    if (code == SQLITE_OK && installations++ == 0) code = sqlite3_vfs_register(&layer, 1);
    pthread_mutex_unlock(&installing);
    return code;
}

void wal_layer_uninstall(void) {
    pthread_mutex_lock(&installing);
    if (installations > 0 && --installations == 0) sqlite3_vfs_register(below, 1);
    pthread_mutex_unlock(&installing);
}

void *wal_file(void *connection) {
    sqlite3_file *file = NULL;
    int code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
    if (code != SQLITE_OK || !file || file->pMethods != &log_methods) return NULL;
    Log *log = (Log *)file;
    // Without this guarantee SQLite writes on after the last sync of a commit.
    if (!(log_characteristics(file) & SQLITE_IOCAP_POWERSAFE_OVERWRITE) || log->descriptor < 0) return NULL;
    if (!log->bytes) log->bytes = malloc(CAPACITY);
    return log->bytes ? log : NULL;
}

void wal_keep(void *connection) {
    sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

void wal_hold(void *file) {
    Log *log = file;
    log->is_held = 1;
    log->is_lost = 0;
}

int wal_release(void *file) {
    Log *log = file;
    int is_owed = log->is_sync_owed;
    log->is_held = 0;
    log->is_sync_owed = 0;
    // SQLite's last act of a commit is the sync, so nothing is left; if it were, readers could miss it.
    return flush(log) == SQLITE_OK && !log->is_lost ? is_owed : -1;
}

int wal_sync(const void *file) {
    const Log *log = file;
    while (fdatasync(log->descriptor) != 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}
