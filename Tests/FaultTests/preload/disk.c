// A disk that fails, lies or is watched: stands between a server and the C library (LD_PRELOAD).
//
// FAULT_FOLDER   holds `armed`, which switches the fault on and off, and `counters`
// FAULT_MODE     watch | error | swallow | kill | torn | unsynced
// FAULT_CALL     pwrite | fdatasync | any: the calls that are counted
// FAULT_NUMBER   from which call on, counted since the fault was armed
// FAULT_ERRNO    what a failing call answers
// FAULT_ONCE     set: only that one call
//
// Only calls on the store and its log count; the wal-index and the lock are left alone.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };
enum Kind { OTHER, STORE, LOG };
enum Verdict { PASS, FAIL, SWALLOW, TORN };

// Shared with the test, which reads it as five 64-bit numbers.
static volatile struct Counters {
  long unsyncedLogWrites;
  long logSyncs;
  long storeSyncs;
  long countedCalls;
  long faults;
} *counters;

static const char *folder, *mode, *call;
static long number;
static int failure, isOnce;

__attribute__((constructor)) static void start(void) {
  folder = getenv("FAULT_FOLDER");
  mode = getenv("FAULT_MODE");
  call = getenv("FAULT_CALL");
  if (!folder || !mode) _exit(99);
  if (!call) call = "any";
  number = getenv("FAULT_NUMBER") ? atol(getenv("FAULT_NUMBER")) : 1;
  failure = getenv("FAULT_ERRNO") ? atoi(getenv("FAULT_ERRNO")) : EIO;
  isOnce = getenv("FAULT_ONCE") != 0;
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "%s/counters", folder);
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ftruncate(file, 4096) != 0) _exit(99);
  counters = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (counters == MAP_FAILED) _exit(99);
}

static enum Kind kindOf(int file) {
  char link[64], path[PATH_BYTES];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t count = readlink(link, path, sizeof path - 1);
  if (count < 4) return OTHER;
  path[count] = 0;
  if (!strcmp(path + count - 4, "-wal")) return LOG;
  if (!strcmp(path + count - 3, ".db")) return STORE;
  // One that is being made.
  if (!strcmp(path + count - 4, ".new")) return STORE;
  return OTHER;
}

static int isArmed(void) {
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "%s/armed", folder);
  return access(path, F_OK) == 0;
}

static enum Verdict judge(const char *name) {
  if (!strcmp(mode, "watch") || !strcmp(mode, "unsynced")) return PASS;
  if (strcmp(call, "any") && strcmp(call, name)) return PASS;
  int saved = errno;
  int armed = isArmed();
  errno = saved;
  if (!armed) return PASS;
  long now = ++counters->countedCalls;
  if (now < number || (isOnce && now > number)) return PASS;
  counters->faults++;
  if (!strcmp(mode, "kill")) kill(getpid(), SIGKILL);
  if (!strcmp(mode, "torn")) return TORN;
  if (!strcmp(mode, "swallow")) return SWALLOW;
  return FAIL;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
  ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
  enum Kind kind = kindOf(file);
  if (kind == OTHER) return real(file, bytes, count, at);
  switch (judge("pwrite")) {
    case FAIL: errno = failure; return -1;
    case SWALLOW: return (ssize_t)count;
    case TORN:
      real(file, bytes, count / 2, at);
      kill(getpid(), SIGKILL);
    case PASS: break;
  }
  if (kind == LOG) counters->unsyncedLogWrites++;
  return real(file, bytes, count, at);
}

static int sync_(const char *name, int file) {
  int (*real)(int) = dlsym(RTLD_NEXT, name);
  enum Kind kind = kindOf(file);
  if (kind == OTHER) return real(file);
  switch (judge("fdatasync")) {
    case FAIL: errno = failure; return -1;
    case SWALLOW: return 0;
    default: break;
  }
  if (kind == LOG) {
    counters->unsyncedLogWrites = 0;
    counters->logSyncs++;
  } else {
    counters->storeSyncs++;
  }
  return real(file);
}

int fdatasync(int file) { return sync_("fdatasync", file); }
int fsync(int file) { return sync_("fsync", file); }

int ftruncate64(int file, off64_t length) {
  int (*real)(int, off64_t) = dlsym(RTLD_NEXT, "ftruncate64");
  if (kindOf(file) != OTHER && judge("ftruncate") == FAIL) {
    errno = failure;
    return -1;
  }
  return real(file, length);
}

// Mode `unsynced`: the server's own setting is undone, which a test has to notice.
int sqlite3_exec(void *db, const char *sql, void *callback, void *context, char **message) {
  int (*real)(void *, const char *, void *, void *, char **) = dlsym(RTLD_NEXT, "sqlite3_exec");
  int code = real(db, sql, callback, context, message);
  if (!strcmp(mode, "unsynced") && code == 0 && strstr(sql, "synchronous"))
    return real(db, "PRAGMA synchronous=OFF", 0, 0, 0);
  return code;
}
