import Contract
import Glibc

/// What a host is to start: this program with the options that were given here. A host starts it in
/// a folder of its own, so that every path is absolute.
struct HostCommand {
  let program: String
  let arguments: [String]
  /// The store's file; nil for a memory store.
  let storePath: String?
  let tokenPath: String?

  var words: [String] { [program] + arguments }

  init(_ options: Options) throws {
    program = try Self.ownPath()
    let store: String
    switch try options.chosenStore() {
    case .memory: (store, storePath) = ("memory", nil)
    case .file(let path):
      let path = try Self.absolute(path)
      (store, storePath) = ("file:" + path, path)
    }
    var words = ["serve", "--store", store]
    var tokenPath: String?
    for (option, value) in options.given where option != "--store" {
      words.append(option)
      guard var value else { continue }
      switch option {
      case "--token-file":
        value = try Self.absolute(value)
        tokenPath = value
      case "--policy": value = try Self.absolute(value)
      case "--mail": value = try Self.absoluteMail(value)
      default: break
      }
      words.append(value)
    }
    arguments = words
    self.tokenPath = tokenPath
  }

  private static func absolute(_ given: String) throws -> String {
    let path = try Launch.path(given)
    if path.hasPrefix("/") { return path }
    let folder = try presentFolder()
    // Two dots stay: what they lead to depends on links.
    let rest = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
    return (folder == "/" ? "" : folder) + "/" + rest
  }

  /// What stands behind --mail, with the folder or the program by its absolute path.
  private static func absoluteMail(_ value: String) throws -> String {
    if value.hasPrefix("dir:") { return "dir:" + (try absolute(String(value.dropFirst(4)))) }
    guard value.hasPrefix("sendmail:") else { return value }
    let command = value.dropFirst("sendmail:".count).drop { $0 == " " }
    let program = String(command.prefix { $0 != " " })
    // A name without a slash is looked for in PATH.
    guard program.contains("/") else { return value }
    let path = try absolute(program)
    if path.contains(" ") {
      throw UsageError("--mail splits its command at spaces, so that it can't name \(path)")
    }
    return "sendmail:" + path + command.dropFirst(program.count)
  }

  private static func presentFolder() throws -> String {
    guard let folder = getcwd(nil, 0) else {
      throw CommandError(
        "the present folder can't be told: \(String(cString: strerror(errno)))",
        "Change to one that is there.")
    }
    defer { free(folder) }
    if let text = String(validatingCString: folder) { return text }
    throw CommandError("the present folder's name is not UTF-8", "Rename it.")
  }

  /// This program's file, without a link on the way to it.
  private static func ownPath() throws -> String {
    guard let path = realpath(Launch.program, nil) else {
      throw CommandError(
        "where this program is can't be told: \(String(cString: strerror(errno)))",
        "Start it by its absolute path.")
    }
    defer { free(path) }
    if let text = String(validatingCString: path) { return text }
    throw CommandError("this program's path is not UTF-8", "Move it elsewhere.")
  }
}
