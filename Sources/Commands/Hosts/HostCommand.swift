import Contract
import Glibc

/// The command that a host runs: this program with the options given here. A host may start it in
/// another folder, so every path is absolute.
struct HostCommand {
  let program: String
  let arguments: [String]
  /// The store's file; nil for a store that is not in a file.
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
    case .server(let address): (store, storePath) = (address, nil)
    }
    var words = ["serve", "--store", store]
    for (option, value) in options.given {
      guard let value, let values = option.values else {
        words.append(option.name)
        continue
      }
      switch values {
      // Already added above, as the first option.
      case .store: continue
      case .file, .folder: words += [option.name, try Self.absolute(value)]
      case .mailer: words += [option.name, try Self.absoluteMail(value)]
      case .text, .words, .list, .suggestions: words += [option.name, value]
      }
    }
    arguments = words
    if case .file(let path) = options.token {
      tokenPath = try Self.absolute(path)
    } else {
      tokenPath = nil
    }
  }

  private static func absolute(_ given: String) throws -> String {
    let path = try Launch.path(given)
    if path.begins(with: "/") { return path }
    let folder = try presentFolder()
    // `..` is kept, because its meaning depends on symbolic links.
    let rest = path.behind("./") ?? path
    return (folder == "/" ? "" : folder) + "/" + rest
  }

  /// The value of --mail, with an absolute path to the folder or the program.
  private static func absoluteMail(_ value: String) throws -> String {
    if let folder = value.behind("dir:") { return "dir:" + (try absolute(folder)) }
    guard let words = value.behind("sendmail:")?.words(at: " "), let program = words.first,
      // A name without a slash is looked up in PATH.
      program.holds("/")
    else { return value }
    let path = try absolute(program)
    if path.holds(" ") {
      throw UsageError("--mail splits its command at spaces, so that it can't name \(path)")
    }
    return "sendmail:" + ([path] + words.dropFirst()).joined(separator: " ")
  }

  private static func presentFolder() throws -> String {
    guard let folder = getcwd(nil, 0) else {
      throw CommandError(
        "the current folder can't be determined: \(String(cString: strerror(errno)))",
        "Change to a folder that exists.")
    }
    if let text = Launch.text(owned: folder) { return text }
    throw CommandError("the current folder's name is not UTF-8", "Rename it.")
  }

  /// The path of `roster`, with all links resolved: `roster-postgres` is started by it.
  private static func ownPath() throws -> String {
    let (folder, name) = try Launch.place()
    let starter = folder + "/" + Handover.fileProgram
    let isStarted = name == Handover.serverProgram && access(starter, X_OK) == 0
    return isStarted ? starter : folder + "/" + name
  }
}
