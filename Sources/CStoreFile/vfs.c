#include "internal.h"
#include "store_file.h"

static sqlite3_vfs *default_vfs;
static sqlite3_vfs vfs;

static int open_file(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags, int *opened) {
  (void)self;
  if (flags & SQLITE_OPEN_WAL) return roster_open_log(default_vfs, name, file, flags, opened);
  int code = default_vfs->xOpen(default_vfs, name, file, flags, opened);
  if (code == SQLITE_OK && flags & SQLITE_OPEN_MAIN_DB) roster_watch_mapping(file);
  return code;
}

int roster_register_vfs(void) {
  default_vfs = sqlite3_vfs_find(0);
  if (!default_vfs) return SQLITE_ERROR;
  vfs = *default_vfs;
  vfs.zName = roster_vfs;
  vfs.szOsFile = roster_log_file_bytes + default_vfs->szOsFile;
  vfs.xOpen = open_file;
  return sqlite3_vfs_register(&vfs, 0);
}
