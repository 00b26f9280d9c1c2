// Tells what a power cut could undo (LD_PRELOAD): every change of the files of a folder, every sync
// and every reply, of all processes in one order.
//
// FAULT_FOLDER  the folder; of its subfolders nothing is told
// FAULT_LOG     what is told is appended to it
// FAULT_SYNCS   off: no sync is made
//               late: a sync is told when its process begins the next one, and so after the reply
//
// A record is a head and its bytes. One call writes it, to a file that is open for appending, so
// records of two processes neither mix nor pass each other. Changes and the ends of syncs are told
// when they are done, replies before they leave: no reply is told to be later than it was, and no
// sync to be earlier. A sync keeps what was told before its beginning was. The wal-index is left
// out: SQLite makes it anew after a crash.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, PARTS_MAX = 16 };

// powerloss.py reads it.
struct Head {
  uint32_t kind;  // Created, Written, Truncated, reNamed, Linked, Unlinked, sync Begun, Synced,
                  // or Reply
  uint32_t process;
  uint64_t file;  // its inode
  uint64_t at;  // a place in the file, its length, or the number of a sync
  uint64_t count;  // of bytes that follow
};

static const char *folder;
static size_t folderBytes;
static int isOff, isLate;
static int record = -1;
static struct stat output;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void start(void) {
  folder = getenv("FAULT_FOLDER");
  const char *path = getenv("FAULT_LOG"), *syncs = getenv("FAULT_SYNCS");
  if (!folder || !path) _exit(99);
  folderBytes = strlen(folder);
  isOff = syncs && !strcmp(syncs, "off");
  isLate = syncs && !strcmp(syncs, "late");
  record = REAL(open)(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  // Roster keeps the descriptor under another number, and gives this one to its messages.
  if (record < 0 || fstat(STDOUT_FILENO, &output) != 0) _exit(99);
}

static void put(const struct Head *head, const struct iovec *parts, int count) {
  struct iovec all[PARTS_MAX + 1] = {{(void *)head, sizeof *head}};
  if (count > PARTS_MAX) _exit(99);
  memcpy(all + 1, parts, sizeof *parts * count);
  int saved = errno;
  ssize_t wanted = sizeof *head + head->count;
  if (REAL(writev)(record, all, count + 1) != wanted) _exit(99);
  errno = saved;
}

static struct Head headOf(char kind, uint64_t file, uint64_t at, uint64_t count) {
  return (struct Head){kind, getpid(), file, at, count};
}

static void tell(char kind, uint64_t file, uint64_t at, const void *bytes, uint64_t count) {
  struct Head head = headOf(kind, file, at, count);
  struct iovec part = {(void *)bytes, count};
  put(&head, &part, 1);
}

// --- Which files ---------------------------------------------------------------------------------

// The name within the folder, "" for the folder itself, 0 for anything else.
static const char *nameOf(const char *path) {
  if (strncmp(path, folder, folderBytes)) return 0;
  path += folderBytes;
  if (*path && *path++ != '/') return 0;
  if (strchr(path, '/') || strstr(path, "-shm")) return 0;
  return path;
}

static int isOurs(int file, uint64_t *inode) {
  char link[64], path[PATH_BYTES];
  struct stat facts;
  int saved = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t count = readlink(link, path, sizeof path - 1);
  errno = saved;
  if (count < 0) return 0;
  path[count] = 0;
  if (!nameOf(path) || fstat(file, &facts) != 0) return 0;
  *inode = facts.st_ino;
  return 1;
}

static int isOutput(int file) {
  struct stat facts;
  return fstat(file, &facts) == 0 && facts.st_dev == output.st_dev && facts.st_ino == output.st_ino;
}

// --- What is changed -----------------------------------------------------------------------------

static int opened(const char *name, int folderFile, const char *path, int flags, mode_t mode) {
  int (*real)(int, const char *, int, ...) = dlsym(RTLD_NEXT, name);
  int file = real(folderFile, path, flags, mode);
  uint64_t inode;
  if (file < 0 || !(flags & (O_CREAT | O_TRUNC)) || !nameOf(path) || !isOurs(file, &inode))
    return file;
  if (flags & O_CREAT) tell('C', inode, 0, nameOf(path), strlen(nameOf(path)));
  if (flags & O_TRUNC) tell('T', inode, 0, 0, 0);
  return file;
}

#define MODE(flags, mode) \
  mode_t mode = 0; \
  va_list rest; \
  va_start(rest, flags); \
  if ((flags) & (O_CREAT | __O_TMPFILE)) mode = va_arg(rest, mode_t); \
  va_end(rest)

int open(const char *path, int flags, ...) {
  MODE(flags, mode);
  return opened("openat", AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  MODE(flags, mode);
  return opened("openat64", AT_FDCWD, path, flags, mode);
}
int openat(int at, const char *path, int flags, ...) {
  MODE(flags, mode);
  return opened("openat", at, path, flags, mode);
}

static int renamed(char kind, const char *from, const char *to) {
  char both[2 * PATH_BYTES];
  if (!nameOf(from) && !nameOf(to)) return 0;
  // From one folder to another: the rig has no model of that.
  if (!nameOf(from) || !nameOf(to)) _exit(99);
  int count = snprintf(both, sizeof both, "%s/%s", nameOf(from), nameOf(to));
  tell(kind, 0, 0, both, count);
  return 0;
}

int rename(const char *from, const char *to) {
  return REAL(rename)(from, to) != 0 ? -1 : renamed('N', from, to);
}
int renameat2(int fromFolder, const char *from, int toFolder, const char *to, unsigned flags) {
  if (REAL(renameat2)(fromFolder, from, toFolder, to, flags) != 0) return -1;
  if (flags & RENAME_EXCHANGE) _exit(99);
  return renamed('N', from, to);
}
int link(const char *from, const char *to) {
  return REAL(link)(from, to) != 0 ? -1 : renamed('L', from, to);
}
int unlink(const char *path) {
  const char *name = nameOf(path);
  if (REAL(unlink)(path) != 0) return -1;
  if (name) tell('U', 0, 0, name, strlen(name));
  return 0;
}

static int truncated(const char *name, int file, off64_t length) {
  int (*real)(int, off64_t) = dlsym(RTLD_NEXT, name);
  uint64_t inode;
  if (real(file, length) != 0) return -1;
  if (isOurs(file, &inode)) tell('T', inode, length, 0, 0);
  return 0;
}

int ftruncate(int file, off_t length) { return truncated("ftruncate", file, length); }
int ftruncate64(int file, off64_t length) { return truncated("ftruncate64", file, length); }

// What was written to a file, at a place or where it stood.
static ssize_t written(int file, ssize_t count, const void *bytes, off64_t at) {
  uint64_t inode;
  if (count <= 0 || !isOurs(file, &inode)) return count;
  if (at < 0) at = lseek64(file, 0, SEEK_CUR) - count;
  tell('W', inode, at, bytes, count);
  return count;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
  return written(file, REAL(pwrite)(file, bytes, count, at), bytes, at);
}
ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
  return written(file, REAL(pwrite64)(file, bytes, count, at), bytes, at);
}

// --- What is answered ----------------------------------------------------------------------------

static void replying(const struct iovec *parts, int count) {
  struct Head head = headOf('R', 0, 0, 0);
  for (int at = 0; at < count; at++) head.count += parts[at].iov_len;
  put(&head, parts, count);
}

// What a reader does not take would be told again with the rest: the rig's readers take all.
static ssize_t replied(size_t wanted, ssize_t count) {
  if (count != (ssize_t)wanted) _exit(99);
  return count;
}

ssize_t write(int file, const void *bytes, size_t count) {
  struct iovec part = {(void *)bytes, count};
  if (!isOutput(file)) return written(file, REAL(write)(file, bytes, count), bytes, -1);
  replying(&part, 1);
  return replied(count, REAL(write)(file, bytes, count));
}
ssize_t send(int file, const void *bytes, size_t count, int flags) {
  struct iovec part = {(void *)bytes, count};
  if (!isOutput(file)) return REAL(send)(file, bytes, count, flags);
  replying(&part, 1);
  return replied(count, REAL(send)(file, bytes, count, flags));
}
ssize_t pwritev2(int file, const struct iovec *parts, int count, off_t at, int flags) {
  uint64_t inode;
  size_t wanted = 0;
  if (!isOutput(file)) {
    if (isOurs(file, &inode)) _exit(99);
    return REAL(pwritev2)(file, parts, count, at, flags);
  }
  for (int part = 0; part < count; part++) wanted += parts[part].iov_len;
  replying(parts, count);
  return replied(wanted, REAL(pwritev2)(file, parts, count, at, flags));
}

// --- What is synced ------------------------------------------------------------------------------

static int synced(const char *name, int file) {
  static uint64_t number;
  static struct Head held;
  int (*real)(int) = dlsym(RTLD_NEXT, name);
  uint64_t inode;
  if (!isOurs(file, &inode)) return real(file);
  if (isOff) return 0;
  if (held.kind) put(&held, 0, 0);
  held.kind = 0;
  tell('B', inode, ++number, 0, 0);
  if (real(file) != 0) return -1;
  struct Head done = headOf('S', inode, number, 0);
  if (isLate) held = done; else put(&done, 0, 0);
  return 0;
}

int fsync(int file) { return synced("fsync", file); }
int fdatasync(int file) { return synced("fdatasync", file); }
