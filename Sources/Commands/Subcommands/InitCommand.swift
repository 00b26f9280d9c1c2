import Contract
import Glibc
import Users

enum InitCommand: Subcommand {
  static let description = CommandDescription(
    "Make a store file with its first owner.",
    forms: [CommandForm()],
    paragraphs: [
      """
      The folder of the default place is made. One that --store names has to be there, and \
      nothing is overwritten.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let email = try options.needed(options.owner, "--owner")
    let path = try options.keptPlace(else: "a memory store needs no init")
    let owner = try User.owner(email, name: options.name)
    // The default place may not be there yet; a folder that was named must be.
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

  /// Gives those that were not there.
  private static func makeFolders(above path: String) -> [String] {
    var made: [String] = []
    for end in path.utf8.indices.dropFirst() where path.utf8[end] == UInt8(ascii: "/") {
      let folder = String(path[..<end])
      // Only who makes a folder opens it to itself, under whatever mask.
      if mkdir(folder, 0o700) == 0 {
        chmod(folder, 0o700)
        made.append(folder)
      }
    }
    return made
  }
}
