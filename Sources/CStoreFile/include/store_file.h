#include <sqlite3.h>

/// Registers the virtual file system `roster_vfs` with SQLite; returns SQLite's code.
///
/// It is SQLite's default one, with two differences:
///
/// - SQLite writes two small pieces for each page of a commit to the write-ahead log, and then syncs
///   it. Here they are gathered in memory and written with one call, at the latest by the sync. The
///   log also grows in larger steps, because syncing a file that keeps its size takes half as long.
///   What is gathered belongs to an open transaction. Undoing one needs `roster_undo_log`.
/// - Where SQLite maps the database into memory, a page that can't be read does not end the process.
///   It reads as zeros, and `roster_lost_pages` tells of it.
int roster_register_vfs(void);

#define roster_vfs "roster"

/// How many pages of mapped databases could not be read since the process started, because the file
/// was truncated or the disk failed. If the number has changed, what was read since is not to be
/// trusted.
int roster_lost_pages(void);

/// Forgets what is gathered of a transaction that is undone. Call this while the transaction still
/// keeps other writers out: written later, its pages would replace those of another process.
void roster_undo_log(sqlite3 *db);
