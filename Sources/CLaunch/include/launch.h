/// The words of the command line, as the kernel gave them to the process. Swift's own
/// CommandLine.arguments reads them from /proc, which sandboxes leave out or empty.
/// null behind the last one.
const char *roster_word(int at);

/// The name that the program was started by, which needs no /proc; null if it is not known.
const char *roster_program(void);

/// Takes back what was put into the environment for Swift's runtime: children are not to find it.
void roster_end_launch(void);
