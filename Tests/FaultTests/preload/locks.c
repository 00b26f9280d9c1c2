// Locks that hold nothing: FAULT_NO_FLOCK takes the sidecar lock away, FAULT_NO_RECORD_LOCKS takes
// SQLite's own (LD_PRELOAD).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/file.h>

int flock(int file, int operation) {
  int (*real)(int, int) = dlsym(RTLD_NEXT, "flock");
  return getenv("FAULT_NO_FLOCK") ? 0 : real(file, operation);
}

int fcntl64(int file, int command, ...) {
  int (*real)(int, int, ...) = dlsym(RTLD_NEXT, "fcntl64");
  va_list rest;
  va_start(rest, command);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  if ((command == F_SETLK || command == F_SETLKW) && getenv("FAULT_NO_RECORD_LOCKS")) return 0;
  return real(file, command, argument);
}
