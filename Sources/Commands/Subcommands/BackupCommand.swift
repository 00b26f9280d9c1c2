import Contract
import Glibc
import JSON

enum BackupCommand: Subcommand {
  static let description = CommandDescription(
    "Back up a store, even while it is in use.",
    forms: [
      CommandForm(
        nil,
        Operand("DEST", .file, "the file to create, never overwriting one; - for standard output"))
    ],
    paragraphs: [
      """
      The copy is consistent, checked, and a complete store: roster serve and roster export accept \
      it. roster restore replaces the contents of a store with it. Copying files by hand is safe \
      only while no Roster uses the store, and if no file beside it ends in -wal or -shm.
      """
    ])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    let path = try options.keptLocation(else: "a memory store can't be backed up")
    let destination = options.operands[0]
    if destination == "-" { return try stream(path, store) }
    try backUp(path, to: try Launch.path(destination), store)
  }

  /// Writes the backup to standard output. It is created in a private folder first, so that only a
  /// complete and checked copy is written out.
  private static func stream<Store: KeptStore>(_ path: String, _ store: Store.Type) throws {
    if Terminal.isOutputForPeople {
      throw UsageError("a backup is binary: redirect it: (umask 077; roster backup - > FILE)")
    }
    let folder = try PrivateFolder()
    defer { folder.remove() }
    let copy = "\(folder.path)/backup-\(getpid()).db"
    do {
      defer { Terminal.showProgress("") }
      _ = try store.backUp(path, to: copy) { all, left in
        Terminal.showProgress(left == 0 ? "checking" : "\((all - left) * 100 / all)% copied")
      }
    }
    try folder.write(copy, to: STDOUT_FILENO)
  }

  private static func backUp<Store: KeptStore>(
    _ path: String, to destination: String, _ store: Store.Type
  ) throws {
    if !store.isOnServer { Warning.ifOpenToAll(path, "store") }
    let bytes: Int
    do {
      defer { Terminal.showProgress("") }
      bytes = try store.backUp(path, to: destination) { all, left in
        Terminal.showProgress(left == 0 ? "checking" : "\((all - left) * 100 / all)% copied")
      }
    }
    Terminal.say(summary(destination, bytes))
  }

  private static func summary(_ destination: String, _ bytes: Int) -> String {
    if Terminal.isOutputForPeople { return "\(destination) is a copy of the store, \(bytes) bytes" }
    var out = ByteBuffer()
    out.append("{")
    out.field("backup")
    out.write(destination)
    out.field("bytes")
    out.write(bytes)
    out.append("}")
    return out.string
  }
}
