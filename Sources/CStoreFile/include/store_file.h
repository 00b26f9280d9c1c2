/// Registers the virtual file system `roster_vfs` with SQLite; returns SQLite's code.
///
/// It is SQLite's default one, with two differences:
///
/// - SQLite writes two small pieces for each page of a commit to the write-ahead log, and then syncs
///   it. Here they are gathered in memory and written with one call, at the latest by the sync. The
///   log also grows in larger steps, because syncing a file that keeps its size takes half as long.
///   What is gathered is not yet visible to other processes. That is safe as long as a commit syncs
///   the log before it publishes itself in the wal-index, as with synchronous=FULL, or as long as
///   nobody else has the file open.
/// - Where SQLite maps the database into memory, a page that can't be read does not end the process.
///   It reads as zeros, and `roster_lost_pages` tells of it.
int roster_register_vfs(void);

#define roster_vfs "roster"

/// How many pages of mapped databases could not be read since the process started, because the file
/// was truncated or the disk failed. If the number has changed, what was read since is not to be
/// trusted.
int roster_lost_pages(void);
