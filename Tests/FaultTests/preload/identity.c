// A file system that does not tell when another file has taken a path: stat answers for
// FAULT_STORE what it answered first (LD_PRELOAD).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct stat first;
static int isKnown;

int stat(const char *path, struct stat *facts) {
  int (*real)(const char *, struct stat *) = dlsym(RTLD_NEXT, "stat");
  const char *store = getenv("FAULT_STORE");
  if (!store || strcmp(store, path)) return real(path, facts);
  if (!isKnown) {
    int code = real(path, &first);
    if (code != 0) return code;
    isKnown = 1;
  }
  *facts = first;
  return 0;
}
