// Stops a checkpoint in the middle of SQLite's WAL-reset race (LD_PRELOAD).
//
// SQLite before 3.51.3, as a checkpoint begins, copies the header of the wal-index, then looks at
// `nBackfill`. Between the two it holds neither the writer's lock nor that of readers of the file,
// so another connection may reset the log there. The checkpoint then believes the log to be as long
// as it was before, and says so in `nBackfill`: frames that are written later up to that length are
// never moved to the file. See https://www.sqlite.org/wal.html#walresetbug.
//
// Between the two is no system call to stop at, unless the header is found in the midst of being
// changed by a writer: then SQLite reads it again under the writer's lock and lets go of that. So,
// once the file `armed` is in FAULT_FOLDER:
// - as the checkpoint's lock is asked for, `paused-1` is made and `go-1` waited for, so that
//   another process can make a whole checkpoint before;
// - as that lock is taken, the header's second copy is made to differ, as a writer does for an
//   instant with each commit;
// - as the writer's lock is taken, the copy is put right again;
// - as that lock is let go, `paused-2` is made and `go-2` waited for.
// SQLite's own state is then what it is in any such race; only time has passed.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WRITER_LOCK = 120, CHECKPOINT_LOCK = 121 };
enum { REGION_BYTES = 32768, CHANGED_BYTE = 48 + 8, PAUSE_MS_MAX = 20000 };
enum Stage { WAITING, ASKED, CHANGED, MENDED, DONE };

static enum Stage stage = WAITING;
static volatile unsigned char *region;

static int isThere(const char *folder, const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return access(path, F_OK) == 0;
}

static void pauseHere(const char *folder, int number) {
  char path[4096], go[16];
  snprintf(path, sizeof path, "%s/paused-%d", folder, number);
  snprintf(go, sizeof go, "go-%d", number);
  close(creat(path, 0600));
  for (int ms = 0; ms < PAUSE_MS_MAX && !isThere(folder, go); ms++) usleep(1000);
}

static int isCheckpoint(const struct flock *lock) {
  return lock->l_type == F_WRLCK && lock->l_start == CHECKPOINT_LOCK;
}

static void follow(const char *folder, int file, const struct flock *lock) {
  if (stage == ASKED && isCheckpoint(lock)) {
    region = mmap(0, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (region == MAP_FAILED) _exit(99);
    region[CHANGED_BYTE] ^= 0xFF;
    stage = CHANGED;
  } else if (stage == CHANGED && lock->l_type == F_WRLCK && lock->l_start == WRITER_LOCK) {
    region[CHANGED_BYTE] ^= 0xFF;
    stage = MENDED;
  } else if (stage == MENDED && lock->l_type == F_UNLCK && lock->l_start == WRITER_LOCK) {
    stage = DONE;
    pauseHere(folder, 2);
  }
}

int fcntl64(int file, int command, ...) {
  int (*real)(int, int, ...) = dlsym(RTLD_NEXT, "fcntl64");
  va_list rest;
  va_start(rest, command);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  const char *folder = getenv("FAULT_FOLDER");
  if (!folder || (command != F_SETLK && command != F_SETLKW)) return real(file, command, argument);
  if (stage == WAITING && isCheckpoint(argument) && isThere(folder, "armed")) {
    stage = ASKED;
    pauseHere(folder, 1);
  }
  int code = real(file, command, argument);
  if (code == 0) follow(folder, file, argument);
  return code;
}
