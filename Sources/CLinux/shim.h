#include <linux/stat.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <sys/uio.h>

// glibc declares these only for programs that define _GNU_SOURCE, and Swift's Glibc module does not.

extern ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags);

/// Writes as much as fits without waiting; a pipe needs no O_NONBLOCK for this. EAGAIN if nothing fits.
static inline ssize_t roster_write_now(int fd, const void *bytes, size_t count) {
  struct iovec part = {(void *)bytes, count};
  const int nowait = 0x00000008; // RWF_NOWAIT, <linux/fs.h>
  return pwritev2(fd, &part, 1, -1, nowait);
}

int prctl(int option, ...);

/// Prevents debuggers of the same user from reading the process's memory, and core files.
static inline void roster_hide_memory(void) {
  const int set_dumpable = 4; // PR_SET_DUMPABLE, <linux/prctl.h>
  prctl(set_dumpable, 0L, 0L, 0L, 0L);
}

int fcntl(int fd, int command, ...);

/// Enlarges the buffer of a pipe; has no effect on other files.
static inline void roster_widen_pipe(int fd, int bytes) {
  const int set_pipe_size = 1031; // F_SETPIPE_SZ, <linux/fcntl.h>
  fcntl(fd, set_pipe_size, bytes);
}

/// The type of the file system that holds `path`, as in <linux/magic.h>; -1 if it is unknown.
static inline long roster_file_system(const char *path) {
  struct statfs facts;
  return statfs(path, &facts) == 0 ? facts.f_type & 0xFFFFFFFFL : -1;
}

int pipe2(int ends[2], int flags);

/// Closes the descriptors from this one on in the child.
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

/// A lock on the first byte of an open file, for a slot in a queue. It is independent of a `flock` of
/// the same file. 36 to 38 are F_OFD_GETLK, F_OFD_SETLK and F_OFD_SETLKW, which unlike
/// F_SETLK belong to the open file and not to the process; 1 is F_WRLCK and 2 F_UNLCK (<fcntl.h>).
static inline int roster_queue(int fd, int command, short type) {
  // struct flock, of a header that Swift sees as Glibc's.
  struct { short type, whence; off_t start, length; pid_t process; } slot = {type, 0, 0, 1, 0};
  const short free = 2; // F_UNLCK
  return fcntl(fd, command, &slot) != 0 ? -1 : slot.type != free;
}

/// Waits for the slot; -1 and EINTR if a signal comes first.
static inline int roster_queue_enter(int fd) { return roster_queue(fd, 38, 1); }
static inline void roster_queue_leave(int fd) { roster_queue(fd, 37, 2); }
/// Whether another process has the slot.
static inline _Bool roster_queue_is_taken(int fd) { return roster_queue(fd, 36, 1) > 0; }

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags);

/// Renames a file, unless the new name exists: then -1 and EEXIST.
static inline int roster_rename_to_free_name(const char *from, const char *to) {
  const int here = -100;            // AT_FDCWD, <fcntl.h>
  const unsigned no_replace = 1;    // RENAME_NOREPLACE, <linux/fs.h>
  return renameat2(here, from, here, to, no_replace);
}

int statx(int folder, const char *path, int flags, unsigned mask, struct statx *facts);

typedef struct { unsigned long long device, inode; } roster_file_identity;

/// Which file a path leads to, or which one is open as `fd` if `path` is ""; inode 0 if there is none.
///
/// It asks for no times: Linux 6.13 and later gives a file whose times were told a new one with its
/// next write, and some file systems then write the inode in every fdatasync, after the data.
static inline roster_file_identity roster_identify(int fd, const char *path) {
  struct statx facts;
  const int empty_path = 0x1000; // AT_EMPTY_PATH, <linux/fcntl.h>
  if (statx(fd, path, *path ? 0 : empty_path, STATX_INO, &facts) != 0)
    return (roster_file_identity){0, 0};
  unsigned long long device = (unsigned long long)facts.stx_dev_major << 32 | facts.stx_dev_minor;
  return (roster_file_identity){device, facts.stx_ino};
}

/// The id of the mount that a path is on; 0 if it is unknown.
static inline unsigned long long roster_mount(const char *path) {
  struct statx facts;
  const int here = -100;  // AT_FDCWD, <fcntl.h>
  if (statx(here, path, 0, STATX_MNT_ID, &facts) != 0) return 0;
  return facts.stx_mask & STATX_MNT_ID ? facts.stx_mnt_id : 0;
}

int ioctl(int fd, unsigned long request, ...);

/// The width of a terminal in columns; 0 if it is unknown or `fd` is not a terminal.
static inline int roster_terminal_columns(int fd) {
  struct { unsigned short rows, columns, width, height; } size = {0, 0, 0, 0};
  const unsigned long get_size = 0x5413; // TIOCGWINSZ, <asm-generic/ioctls.h>
  return ioctl(fd, get_size, &size) == 0 ? size.columns : 0;
}

long syscall(long number, ...);

/// A descriptor that becomes readable when the process has ended, even if its id is used again by then;
/// -1 if there is no such process.
static inline int roster_open_process(pid_t process) {
  const long pidfd_open = 434;  // the same on all machines that Swift runs on, <asm/unistd.h>
  return (int)syscall(pidfd_open, process, 0);
}

int ppoll(void *ends, unsigned long count, const void *time, const void *mask);

/// `poll` with another signal mask while it waits. The types are void because those of poll.h would
/// then be this module's and not Glibc's.
static inline int roster_poll(void *ends, unsigned long count, int timeout_ms, const void *mask) {
  struct { long seconds, nanoseconds; } time = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
  return ppoll(ends, count, timeout_ms < 0 ? 0 : &time, mask);
}

/// Asks the processor to fetch the line of memory at `bytes`, and does not wait for it.
static inline void roster_prefetch(const void *bytes) { __builtin_prefetch(bytes); }
