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
    program = try Self.link("/proc/self/exe")
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

  private static func absolute(_ path: String) throws -> String {
    if path.hasPrefix("/") { return path }
    let folder = try link("/proc/self/cwd")
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

  /// Where a symbolic link leads.
  private static func link(_ path: String) throws -> String {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &bytes, bytes.count)
    guard count > 0, count < bytes.count,
      let target = String(validating: bytes[..<count], as: UTF8.self)
    else {
      throw CommandError(
        "where \(path) leads can't be written down", "The path has to be UTF-8, and not too long.")
    }
    return target
  }
}
