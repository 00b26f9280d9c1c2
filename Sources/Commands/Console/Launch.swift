import CLaunch
import Contract
import Glibc
import Server

/// The arguments and the environment of this process.
enum Launch {
  /// The arguments after the program's name.
  static func words() throws -> [String] {
    var words: [String] = []
    var at: Int32 = 1
    // A program may be started without any argument, even without its name.
    while roster_word(0) != nil, let word = roster_word(at) {
      guard let text = String(validatingCString: word) else {
        throw UsageError(
          "word \(at) of the command line is not UTF-8: \(String(cString: word))"
            + "\nA file with such a name can't be used: rename it.")
      }
      words.append(text)
      at += 1
    }
    return words
  }

  /// The path of this program's file, even where /proc is masked.
  static var program: String {
    let link = "/proc/self/exe"
    if access(link, X_OK) == 0 { return link }
    return roster_program().flatMap { String(validatingCString: $0) } ?? link
  }

  /// The folder and the name of this program's file, with all links resolved.
  static func place() throws -> (folder: String, name: String) {
    guard let resolved = realpath(program, nil) else {
      throw CommandError(
        "this program's path can't be determined: \(String(cString: strerror(errno)))",
        "Start it by its absolute path.")
    }
    guard let path = text(owned: resolved) else {
      throw CommandError("this program's path is not UTF-8", "Move it elsewhere.")
    }
    let parts = path.parts(at: "/")
    return (parts.dropLast().joined(separator: "/"), parts.last ?? "")
  }

  /// Converts and frees a text that the system has allocated; nil if it is not UTF-8.
  static func text(owned bytes: UnsafeMutablePointer<CChar>) -> String? {
    defer { free(bytes) }
    return String(validatingCString: bytes)
  }

  /// An environment variable; nil if it is empty or not set.
  static func variable(_ name: String) throws -> String? {
    guard let value = getenv(name), value[0] != 0 else { return nil }
    if let text = String(validatingCString: value) { return text }
    throw UsageError("\(name) in the environment is not UTF-8")
  }

  /// Expands `~/` in a path to the home folder, because a shell does not always do that.
  static func path(_ given: String) throws -> String {
    guard given == "~" || given.begins(with: "~/") else { return given }
    guard let home = try variable("HOME") else {
      throw UsageError("\(given) is in no home: HOME is not set in the environment")
    }
    return home + (given.behind("~") ?? "")
  }
}
