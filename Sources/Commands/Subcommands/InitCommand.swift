import Contract
import Glibc
import Users

enum InitCommand: Subcommand {
  static let description = CommandDescription(
    "Create a store with its first owner.",
    forms: [CommandForm()],
    paragraphs: [
      """
      Creates the folder of the default store. The folder of --store must exist. Never overwrites \
      a file.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let email = try options.needed(options.owner, "--owner")
    let path = try options.keptLocation(else: "a memory store needs no init")
    let owner = try User.owner(email, name: options.name)
    // The default folder is created; a folder that the user named must exist.
    let folders = options.store == nil ? makeFolders(above: path) : []
    do {
      try store.create(path, owner: owner)
    } catch {
      for folder in folders.reversed() { rmdir(folder) }
      throw error
    }
    Terminal.say(
      """
      \(path) is ready; \(owner.email ?? email) owns it.
      Serve it with: roster serve --store file:\(path) --as \(owner.email ?? email)
      """)
  }

  /// Returns the folders that it created.
  private static func makeFolders(above path: String) -> [String] {
    var made: [String] = []
    for end in path.utf8.indices.dropFirst() where path.utf8[end] == UInt8(ascii: "/") {
      let folder = String(path[..<end])
      // Changes the mode only of folders created here: private, whatever the umask is.
      if mkdir(folder, 0o700) == 0 {
        chmod(folder, 0o700)
        made.append(folder)
      }
    }
    return made
  }
}
