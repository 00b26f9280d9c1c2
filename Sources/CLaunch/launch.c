#include "launch.h"
#include <stdlib.h>
#include <sys/auxv.h>

static char **given_words;
static int is_root_ours;

// Runs before the constructor of Swift's runtime, which reads its own path from /proc/self/exe and ends
// the process if that does not exist. Roster needs nothing of what the runtime does with the path, so
// this sets SWIFT_ROOT instead.
__attribute__((constructor(101))) static void launch(int count, char **words) {
  (void)count;
  given_words = words;
  if (getenv("SWIFT_ROOT")) return;
  is_root_ours = setenv("SWIFT_ROOT", "/", 1) == 0;
}

const char *roster_word(int at) { return given_words[at]; }

const char *roster_program(void) { return (const char *)getauxval(AT_EXECFN); }

void roster_end_launch(void) {
  if (is_root_ours) unsetenv("SWIFT_ROOT");
}
