/// The words of the command line, as the kernel gave them to the process. Swift's own
/// CommandLine.arguments reads them from /proc, which sandboxes leave out or empty.
/// Returns null after the last one.
const char *roster_word(int at);

/// The name that the program was started by, which needs no /proc; null if it is not known.
const char *roster_program(void);

/// Removes from the environment what was set for Swift's runtime, so that child processes do not inherit it.
void roster_end_launch(void);
