#include <sqlite3.h>

// Swift imports no C variadics; these name the calls that Roster makes.

static inline int roster_db_config(sqlite3 *db, int option, int value) {
  return sqlite3_db_config(db, option, value, (int *)0);
}

/// No counting of memory, and no locks inside a connection: each is used by one thread at a time.
static inline void roster_configure(void) {
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
}

/// The connection's own file handle, as SQLite's virtual file system has it.
static inline sqlite3_file *roster_file(sqlite3 *db) {
  sqlite3_file *file = 0;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  return file && file->pMethods ? file : 0;
}

/// The first 32 KiB of the wal-index, where SQLite itself has it mapped; null if it has not.
static inline const volatile void *roster_wal_index(sqlite3_file *file) {
  volatile void *region = 0;
  if (file->pMethods->iVersion < 2) return 0;
  if (file->pMethods->xShmMap(file, 0, 32768, 0, &region) != SQLITE_OK) return 0;
  return region;
}

/// The number of the system's error that the latest failed write met, to the database or to its log.
static inline int roster_write_errno(sqlite3 *db) {
  const int places[] = {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER};
  for (int at = 0; at < 2; at++) {
    sqlite3_file *file = 0;
    int number = 0;
    sqlite3_file_control(db, "main", places[at], &file);
    if (!file || !file->pMethods) continue;
    file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number);
    if (number) return number;
  }
  return 0;
}
