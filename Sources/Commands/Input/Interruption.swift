/// A signal asked the process to stop.
struct Interruption: Error {}
