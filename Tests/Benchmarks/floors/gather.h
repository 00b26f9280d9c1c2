/* A layer over SQLite's file system: what a commit writes to the log is gathered, and written with
   one call when the log is synced.

   SQLite writes each page of the log with two calls. Reading the log, or writing to another place
   of it, writes what was gathered first, so that the layer can't be noticed. */
#ifndef GATHER_H
#define GATHER_H

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* SQLite's xWrite takes fewer than 128 KiB. */
enum { GATHERED_BYTES_MAX = 1 << 20, WRITE_BYTES_MAX = 1 << 16 };

typedef struct {
  sqlite3_file base;
  sqlite3_file *file;
  char *bytes;
  sqlite3_int64 start;
  int count;
} Log;

static sqlite3_vfs *system_vfs;

static int log_flush(Log *log) {
  int count = log->count, code = SQLITE_OK;
  log->count = 0;
  for (int at = 0; at < count && code == SQLITE_OK; at += WRITE_BYTES_MAX) {
    int bytes = count - at < WRITE_BYTES_MAX ? count - at : WRITE_BYTES_MAX;
    code = log->file->pMethods->xWrite(log->file, log->bytes + at, bytes, log->start + at);
  }
  return code;
}

static int log_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 start) {
  Log *log = (Log *)base;
  if (start != log->start + log->count || log->count + count > GATHERED_BYTES_MAX) {
    int code = log_flush(log);
    if (code != SQLITE_OK) return code;
    log->start = start;
  }
  memcpy(log->bytes + log->count, bytes, count);
  log->count += count;
  return SQLITE_OK;
}

static int log_read(sqlite3_file *base, void *bytes, int count, sqlite3_int64 start) {
  int code = log_flush((Log *)base);
  sqlite3_file *file = ((Log *)base)->file;
  return code != SQLITE_OK ? code : file->pMethods->xRead(file, bytes, count, start);
}

static int log_truncate(sqlite3_file *base, sqlite3_int64 size) {
  int code = log_flush((Log *)base);
  sqlite3_file *file = ((Log *)base)->file;
  return code != SQLITE_OK ? code : file->pMethods->xTruncate(file, size);
}

static int log_sync(sqlite3_file *base, int flags) {
  int code = log_flush((Log *)base);
  sqlite3_file *file = ((Log *)base)->file;
  return code != SQLITE_OK ? code : file->pMethods->xSync(file, flags);
}

static int log_size(sqlite3_file *base, sqlite3_int64 *size) {
  int code = log_flush((Log *)base);
  sqlite3_file *file = ((Log *)base)->file;
  return code != SQLITE_OK ? code : file->pMethods->xFileSize(file, size);
}

static int log_close(sqlite3_file *base) {
  Log *log = (Log *)base;
  int code = log_flush(log);
  int closed = log->file->pMethods->xClose(log->file);
  free(log->bytes);
  return code != SQLITE_OK ? code : closed;
}

static int log_control(sqlite3_file *base, int operation, void *value) {
  sqlite3_file *file = ((Log *)base)->file;
  return file->pMethods->xFileControl(file, operation, value);
}

static int log_sector(sqlite3_file *base) {
  sqlite3_file *file = ((Log *)base)->file;
  return file->pMethods->xSectorSize(file);
}

static int log_device(sqlite3_file *base) {
  sqlite3_file *file = ((Log *)base)->file;
  return file->pMethods->xDeviceCharacteristics(file);
}

/* A log is never locked, nor mapped. */
static const sqlite3_io_methods log_methods = {
    .iVersion = 1, .xClose = log_close, .xRead = log_read, .xWrite = log_write,
    .xTruncate = log_truncate, .xSync = log_sync, .xFileSize = log_size,
    .xFileControl = log_control, .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_device,
};

static int gather_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags,
                       int *flags_out) {
  (void)vfs;
  if (!(flags & SQLITE_OPEN_WAL))
    return system_vfs->xOpen(system_vfs, path, base, flags, flags_out);
  Log *log = (Log *)base;
  memset(log, 0, sizeof *log);
  log->file = (sqlite3_file *)(log + 1);
  int code = system_vfs->xOpen(system_vfs, path, log->file, flags, flags_out);
  if (code != SQLITE_OK) return code;
  log->bytes = malloc(GATHERED_BYTES_MAX);
  log->base.pMethods = &log_methods;
  return SQLITE_OK;
}

/* Makes the layer the file system of databases that are opened from now on. */
static void gather_log_writes(void) {
  static sqlite3_vfs vfs;
  system_vfs = sqlite3_vfs_find(NULL);
  vfs = *system_vfs;
  vfs.zName = "gather";
  vfs.xOpen = gather_open;
  vfs.szOsFile = system_vfs->szOsFile + (int)sizeof(Log);
  sqlite3_vfs_register(&vfs, 1);
}

#endif
