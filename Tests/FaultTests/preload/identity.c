// A file system that does not tell when another file has taken a path: stat answers for FAULT_STORE
// and the files beside it what it answered first (LD_PRELOAD).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES = 8, PATH_BYTES = 4096 };

static struct {
  char path[PATH_BYTES];
  struct stat facts;
} known[FILES];

int stat(const char *path, struct stat *facts) {
  int (*real)(const char *, struct stat *) = dlsym(RTLD_NEXT, "stat");
  const char *store = getenv("FAULT_STORE");
  if (!store || strncmp(store, path, strlen(store))) return real(path, facts);
  for (int at = 0; at < FILES; at++) {
    if (!known[at].path[0]) {
      int code = real(path, &known[at].facts);
      if (code != 0) return code;
      strncpy(known[at].path, path, PATH_BYTES - 1);
    }
    if (strcmp(known[at].path, path)) continue;
    *facts = known[at].facts;
    return 0;
  }
  return real(path, facts);
}
