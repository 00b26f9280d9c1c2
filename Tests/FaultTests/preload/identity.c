// A file system that does not tell when another file has taken a path: stat and statx answer for
// FAULT_STORE and the files beside it what they answered first (LD_PRELOAD).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES = 8, PATH_BYTES = 4096 };

struct known {
  char path[PATH_BYTES];
  struct stat facts;
  struct statx more;
  int has_facts, has_more;
};

// What was answered for a path of the store; null for others.
static struct known *known(const char *path) {
  static struct known files[FILES];
  const char *store = getenv("FAULT_STORE");
  if (!store || strncmp(store, path, strlen(store))) return NULL;
  for (int at = 0; at < FILES; at++) {
    if (!files[at].path[0]) strncpy(files[at].path, path, PATH_BYTES - 1);
    if (!strcmp(files[at].path, path)) return &files[at];
  }
  return NULL;
}

int stat(const char *path, struct stat *facts) {
  int (*real)(const char *, struct stat *) = dlsym(RTLD_NEXT, "stat");
  struct known *file = known(path);
  if (!file) return real(path, facts);
  if (!file->has_facts) {
    int code = real(path, &file->facts);
    if (code != 0) return code;
    file->has_facts = 1;
  }
  *facts = file->facts;
  return 0;
}

int statx(int folder, const char *path, int flags, unsigned mask, struct statx *facts) {
  int (*real)(int, const char *, int, unsigned, struct statx *) = dlsym(RTLD_NEXT, "statx");
  struct known *file = known(path);
  if (!file) return real(folder, path, flags, mask, facts);
  if (!file->has_more) {
    int code = real(folder, path, flags, STATX_BASIC_STATS, &file->more);
    if (code != 0) return code;
    file->has_more = 1;
  }
  *facts = file->more;
  return 0;
}
