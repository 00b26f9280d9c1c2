/* The floor of the disk: pages of 4 KiB overwritten in a file, then fdatasync.

   usage: overwrite FILE PAGES COUNT

   The file has its full size before, because a write that makes it longer costs more. Prints the
   microseconds of a write of so many pages with its fdatasync. */
#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096, FILE_PAGES = 4096 };

static char pages[PAGE_BYTES * FILE_PAGES];

int main(int count, char **words) {
  if (count != 4) fail("usage", "overwrite FILE PAGES COUNT");
  int page_count = atoi(words[2]), writes = atoi(words[3]);
  size_t bytes = (size_t)page_count * PAGE_BYTES;
  double *micros = calloc(writes, sizeof *micros);
  int file = open(words[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) fail(words[1], strerror(errno));
  if (write(file, pages, sizeof pages) != sizeof pages || fsync(file) != 0)
    fail(words[1], strerror(errno));

  for (int at = 0; at < writes; at++) {
    off_t place = (off_t)(at % (FILE_PAGES / page_count)) * bytes;
    double begin = now_us();
    memset(pages, at, bytes);
    if (pwrite(file, pages, bytes, place) != (ssize_t)bytes || fdatasync(file) != 0)
      fail(words[1], strerror(errno));
    micros[at] = now_us() - begin;
  }
  print_figures(micros, writes);
  return 0;
}
