import Contract
import Glibc

/// A warning that does not stop the command: one line on standard error.
enum Warning {
  /// Warns if every user of the machine can change a store, and so gain every right in it.
  static func ifOpenToAll(_ store: StoreAddress) {
    if case .file(let path) = store { ifOpenToAll(path, "store") }
  }

  /// Warns if every user of the machine can change the file, and so gain every right in it.
  static func ifOpenToAll(_ path: String, _ thing: StaticString) {
    var facts = stat()
    guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_mode & S_IWOTH != 0
    else { return }
    let mode = String(facts.st_mode & 0o7777, radix: 8)
    Terminal.complain(
      "roster: warning: everybody can change the \(thing) \(path) (mode 0\(mode)): chmod o-w it")
  }
}
