#include <sqlite3.h>

/// The size of a log's file object; the object of the default file system follows it.
extern const int roster_log_file_bytes;

/// Opens a log with the default file system.
int roster_open_log(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *opened);

/// Makes an open database notice pages that can't be read.
void roster_watch_mapping(sqlite3_file *file);
