/* The floor of a reply: answers each line with one of 700 bytes, the size of a record.

   It parses nothing. Compared with cat, it shows what a longer reply costs in the pipe. */
#include "floor.h"

#include <unistd.h>

enum { REPLY_BYTES = 700, INPUT_BYTES_MAX = 1 << 16, REPLIES_MAX = 90 };

static char reply[REPLY_BYTES];
static char output[REPLY_BYTES * REPLIES_MAX];

static void make_reply(void) {
  int head = snprintf(reply, sizeof reply, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"");
  memset(reply + head, 'a', REPLY_BYTES - head);
  memcpy(reply + REPLY_BYTES - 3, "\"}\n", 3);
}

static void write_all(const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(1, bytes, count);
    if (written <= 0) exit(1);
    bytes += written;
    count -= written;
  }
}

int main(void) {
  static char input[INPUT_BYTES_MAX];
  ssize_t count;
  make_reply();
  while ((count = read(0, input, sizeof input)) > 0) {
    int replies = 0;
    const char *end = input + count, *at = input;
    while ((at = memchr(at, '\n', end - at)) != NULL) {
      memcpy(output + replies++ * REPLY_BYTES, reply, REPLY_BYTES);
      if (replies == REPLIES_MAX) write_all(output, sizeof output), replies = 0;
      at++;
    }
    write_all(output, replies * REPLY_BYTES);
  }
  return 0;
}
