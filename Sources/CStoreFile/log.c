#include "internal.h"
#include "store_file.h"

#include <stdlib.h>
#include <string.h>

enum {
  /// How many bytes are gathered.
  gathered_max = 256 << 10,
  /// A system call of SQLite's file system writes less than 128 KiB.
  write_max = 64 << 10,
  frame_header_bytes = 24,
  /// The log grows by as much as it has, up to this.
  growth_max = 1 << 20,
};

typedef struct {
  sqlite3_file base;
  sqlite3_file *file;
  /// The bytes that are gathered, and their place in the file. Null until the first write.
  char *bytes;
  int count;
  sqlite3_int64 start;
  /// The size of the file.
  sqlite3_int64 size;
  /// Whether the page to be written next ends a commit.
  int is_commit;
  /// Why a part of the transaction could not be written. Nothing more is written until it is undone.
  int failure;
} log_file;

static log_file *log_of(sqlite3_file *base) { return (log_file *)base; }

static int write_all(log_file *log, const char *bytes, int count, sqlite3_int64 at) {
  for (int done = 0; done < count; done += write_max) {
    int rest = count - done;
    if (rest > write_max) rest = write_max;
    int code = log->file->pMethods->xWrite(log->file, bytes + done, rest, at + done);
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

/// Appends zeros, which SQLite does not take for a frame, so that the next commits do not change the
/// size of the file. A full disk does not matter here.
static void grow(log_file *log) {
  static const char zeros[write_max];
  sqlite3_int64 step = log->size < growth_max ? log->size : growth_max;
  sqlite3_int64 end = log->size + step;
  while (log->size < end) {
    int count = end - log->size < write_max ? (int)(end - log->size) : write_max;
    if (log->file->pMethods->xWrite(log->file, zeros, count, log->size) != SQLITE_OK) return;
    log->size += count;
  }
}

/// Writes what is gathered. After a failure nothing is written until the transaction is undone.
static int flush(log_file *log) {
  if (log->failure) return log->failure;
  int count = log->count;
  if (count == 0) return SQLITE_OK;
  log->count = 0;
  log->is_commit = 0;
  log->failure = write_all(log, log->bytes, count, log->start);
  if (log->failure) return log->failure;
  if (log->start + count > log->size) {
    int is_first = log->size == 0;
    log->size = log->start + count;
    if (!is_first) grow(log);
  }
  return SQLITE_OK;
}

/// Forgets a transaction that is undone.
static void drop(log_file *log) {
  log->count = 0;
  log->is_commit = 0;
  log->failure = SQLITE_OK;
}

/// Whether these bytes are the header of a frame that ends a commit: it holds the size of the
/// database in pages (https://www.sqlite.org/fileformat2.html#walformat).
static int ends_commit(const unsigned char *bytes, int count) {
  return count == frame_header_bytes && (bytes[4] | bytes[5] | bytes[6] | bytes[7]);
}

static int log_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 at) {
  log_file *log = log_of(base);
  if (log->failure) return log->failure;
  int is_end = log->is_commit;
  if (log->count > 0 && (at != log->start + log->count || log->count + count > gathered_max)) {
    int code = flush(log);
    if (code != SQLITE_OK) return code;
  }
  if (!log->bytes) log->bytes = malloc(gathered_max);
  if (!log->bytes) return SQLITE_IOERR_NOMEM;
  if (log->count == 0) log->start = at;
  memcpy(log->bytes + log->count, bytes, count);
  log->count += count;
  // What is gathered belongs to an open transaction only, so that it can be dropped with it.
  if (is_end) return flush(log);
  log->is_commit = ends_commit(bytes, count);
  return SQLITE_OK;
}

static int log_read(sqlite3_file *base, void *bytes, int count, sqlite3_int64 at) {
  log_file *log = log_of(base);
  if (log->count > 0 && at < log->start + log->count && at + count > log->start) {
    int code = flush(log);
    if (code != SQLITE_OK) return code;
  }
  return log->file->pMethods->xRead(log->file, bytes, count, at);
}

static int log_sync(sqlite3_file *base, int flags) {
  int code = flush(log_of(base));
  return code != SQLITE_OK ? code : log_of(base)->file->pMethods->xSync(log_of(base)->file, flags);
}

static int log_truncate(sqlite3_file *base, sqlite3_int64 size) {
  log_file *log = log_of(base);
  int code = flush(log);
  if (code != SQLITE_OK) return code;
  log->size = size;
  return log->file->pMethods->xTruncate(log->file, size);
}

static int log_size(sqlite3_file *base, sqlite3_int64 *size) {
  int code = flush(log_of(base));
  return code != SQLITE_OK ? code : log_of(base)->file->pMethods->xFileSize(log_of(base)->file, size);
}

static int log_close(sqlite3_file *base) {
  log_file *log = log_of(base);
  // A transaction that is open now is undone.
  drop(log);
  int code = log->file->pMethods->xClose(log->file);
  free(log->bytes);
  log->bytes = 0;
  return code;
}

static int log_lock(sqlite3_file *base, int level) {
  return log_of(base)->file->pMethods->xLock(log_of(base)->file, level);
}

static int log_unlock(sqlite3_file *base, int level) {
  return log_of(base)->file->pMethods->xUnlock(log_of(base)->file, level);
}

static int log_is_locked(sqlite3_file *base, int *result) {
  return log_of(base)->file->pMethods->xCheckReservedLock(log_of(base)->file, result);
}

static int log_control(sqlite3_file *base, int operation, void *argument) {
  return log_of(base)->file->pMethods->xFileControl(log_of(base)->file, operation, argument);
}

static int log_sector_size(sqlite3_file *base) {
  return log_of(base)->file->pMethods->xSectorSize(log_of(base)->file);
}

static int log_characteristics(sqlite3_file *base) {
  return log_of(base)->file->pMethods->xDeviceCharacteristics(log_of(base)->file);
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
    .xCheckReservedLock = log_is_locked,
    .xFileControl = log_control,
    .xSectorSize = log_sector_size,
    .xDeviceCharacteristics = log_characteristics,
};

const int roster_log_file_bytes = sizeof(log_file);

int roster_open_log(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *opened) {
  log_file *log = log_of(base);
  *log = (log_file){.file = (sqlite3_file *)(log + 1)};
  int code = vfs->xOpen(vfs, name, log->file, flags, opened);
  if (code == SQLITE_OK) code = log->file->pMethods->xFileSize(log->file, &log->size);
  if (code == SQLITE_OK) {
    base->pMethods = &log_methods;
    return SQLITE_OK;
  }
  if (log->file->pMethods) log->file->pMethods->xClose(log->file);
  return code;
}

void roster_undo_log(sqlite3 *db) {
  sqlite3_file *file = 0;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
  if (file && file->pMethods == &log_methods) drop(log_of(file));
}
