#include <sqlite3.h>

// Swift does not import variadic C functions, so these functions wrap the calls that Roster makes.

static inline int roster_db_config(sqlite3 *db, int option, int value) {
  return sqlite3_db_config(db, option, value, (int *)0);
}

/// Turns off memory statistics and the locks inside a connection: one thread at a time uses each.
static inline void roster_configure(void) {
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
}

/// The connection's file handle in SQLite's virtual file system.
static inline sqlite3_file *roster_file(sqlite3 *db) {
  sqlite3_file *file = 0;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  return file && file->pMethods ? file : 0;
}

/// The first 32 KiB of the wal-index, at the address where SQLite has mapped it; null if it is not mapped.
static inline const volatile void *roster_wal_index(sqlite3_file *file) {
  volatile void *region = 0;
  if (file->pMethods->iVersion < 2) return 0;
  if (file->pMethods->xShmMap(file, 0, 32768, 0, &region) != SQLITE_OK) return 0;
  return region;
}

/// The errno of the latest failed write to the database or to its log; 0 if none failed.
static inline int roster_write_errno(sqlite3 *db) {
  const int files[] = {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER};
  for (int at = 0; at < 2; at++) {
    sqlite3_file *file = 0;
    int number = 0;
    sqlite3_file_control(db, "main", files[at], &file);
    if (!file || !file->pMethods) continue;
    file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number);
    if (number) return number;
  }
  return 0;
}
