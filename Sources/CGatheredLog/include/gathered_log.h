/// Registers the virtual file system `roster_log_vfs` with SQLite; returns SQLite's code.
///
/// It is SQLite's default one, except for the write-ahead log. SQLite writes two small pieces for
/// each page of a commit, and then syncs; here they are gathered in memory and written with one
/// call, at the latest by the sync. The log also grows in larger steps, because syncing a file that
/// keeps its size takes half as long.
///
/// What is gathered is not yet visible to other processes. That is safe as long as a commit syncs
/// the log before it publishes the commit in the wal-index, as it does with synchronous=FULL; or as
/// long as nobody else has the file open.
int roster_register_log_vfs(void);

#define roster_log_vfs "roster"
