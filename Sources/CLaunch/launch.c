#include "launch.h"
#include <stdlib.h>
#include <sys/auxv.h>

static char **given_words;
static int is_root_ours;

// Before the constructor of Swift's runtime, which looks for its own place by /proc/self/exe, and ends
// the process where there is no such thing. It needs the place for nothing that Roster does, and takes
// SWIFT_ROOT instead.
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
