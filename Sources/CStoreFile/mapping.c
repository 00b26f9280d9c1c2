#include "internal.h"
#include "store_file.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
  /// Databases that a process has mapped at the same time: the store, and a copy while it is made.
  mapping_count = 8,
};

/// Where databases were mapped. A range may be out of date: then it was unmapped, and nothing in it
/// is read.
static struct {
  atomic_uintptr_t start;
  atomic_uintptr_t end;
} mappings[mapping_count];

static atomic_int next_mapping;
static atomic_int lost_pages;
static const sqlite3_io_methods *default_methods;
static sqlite3_io_methods methods;
static struct sigaction former;

int roster_lost_pages(void) { return atomic_load_explicit(&lost_pages, memory_order_relaxed); }

static void note(uintptr_t start, uintptr_t end) {
  for (int at = 0; at < mapping_count; at++) {
    if (atomic_load_explicit(&mappings[at].start, memory_order_relaxed) != start) continue;
    if (atomic_load_explicit(&mappings[at].end, memory_order_relaxed) < end) {
      atomic_store(&mappings[at].end, end);
    }
    return;
  }
  int at = atomic_fetch_add(&next_mapping, 1) % mapping_count;
  atomic_store(&mappings[at].end, 0);
  atomic_store(&mappings[at].start, start);
  atomic_store(&mappings[at].end, end);
}

static int is_mapped(uintptr_t address) {
  for (int at = 0; at < mapping_count; at++) {
    if (address >= atomic_load(&mappings[at].start) && address < atomic_load(&mappings[at].end)) return 1;
  }
  return 0;
}

/// Puts a page of zeros in place of one that can't be read. mmap is one system call, and safe here.
static void replace_page(int number, siginfo_t *info, void *context) {
  (void)context;
  uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
  uintptr_t page = (uintptr_t)info->si_addr & ~(size - 1);
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  if (is_mapped(page) && mmap((void *)page, size, PROT_READ, flags, -1, 0) != MAP_FAILED) {
    atomic_fetch_add(&lost_pages, 1);
    return;
  }
  // Not a page of a database: the instruction runs again, and the signal ends the process.
  sigaction(number, &former, 0);
}

static int fetch(sqlite3_file *file, sqlite3_int64 at, int count, void **page) {
  int code = default_methods->xFetch(file, at, count, page);
  if (code == SQLITE_OK && *page) {
    uintptr_t start = (uintptr_t)*page - (uintptr_t)at;
    note(start, (uintptr_t)*page + (uintptr_t)count);
  }
  return code;
}

void roster_watch_mapping(sqlite3_file *file) {
  if (file->pMethods->iVersion < 3 || !file->pMethods->xFetch) return;
  if (!default_methods) {
    default_methods = file->pMethods;
    methods = *default_methods;
    methods.xFetch = fetch;
    struct sigaction action = {.sa_sigaction = replace_page, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &action, &former);
  }
  // Another file system has other methods, and its pages are read as before.
  if (file->pMethods == default_methods) file->pMethods = &methods;
}
