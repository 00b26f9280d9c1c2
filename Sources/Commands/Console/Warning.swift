import Contract
import Glibc

/// What is no error, and yet somebody should know: one line on standard error.
enum Warning {
  /// Whoever may change the file may do all that it stands for.
  static func ifOpenToAll(_ path: String, _ thing: StaticString) {
    var facts = stat()
    guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_mode & S_IWOTH != 0
    else { return }
    let mode = String(facts.st_mode & 0o7777, radix: 8)
    Terminal.complain(
      "roster: warning: everybody can change the \(thing) \(path) (mode 0\(mode)): chmod o-w it")
  }
}
